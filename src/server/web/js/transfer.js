// SPDX-License-Identifier: Apache-2.0
// Moving a whole memory: export, import of a bundle or of a zip of folders, erase.
import { cancelJob, eraseMemory, exportBundle, importBundle, jobStates, startJob } from './api.js';
import { openDialog } from './dialog.js';
import { button, download, el, field, fileButton, uniqueId } from './dom.js';
import { t, tn } from './i18n.js';
import { announce, attempt, notify } from './notices.js';

/** Downloads everything as one file. */
export function exportMemory() {
  return attempt(async () => {
    notify(t('transfer.exporting'));
    const day = new Date().toISOString().slice(0, 10);
    download(await exportBundle(), `memory-${day}.rap`);
  });
}

const isZip = async (file) => {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return head[0] === 0x50 && head[1] === 0x4b && /\.zip$/i.test(file.name);
};

/** Follows a zip's import in `place` until it ends. */
async function followJob(job, place) {
  const bar = el('progress', { max: Math.max(job.total, 1), value: job.done, 'aria-label': t('transfer.progress') });
  const words = el('p', { class: 'hint' });
  const cancel = button({ text: t('action.cancel'), onclick: () => attempt(() => cancelJob(job.id)) });
  place.replaceChildren(bar, words, cancel);
  let last = job;
  for await (const state of jobStates(job.id)) {
    if (state.id === undefined) continue;
    last = state;
    bar.max = Math.max(state.total, 1);
    bar.value = state.done;
    words.textContent = t('transfer.job', { done: state.done, total: state.total });
  }
  place.replaceChildren(
    el('p', { class: 'result' }, t(`transfer.job_${last.state}`, { n: last.remembered ?? 0 })),
    el('ul', { class: 'failures' }, (last.failed ?? []).map(({ item, error }) => el('li', {}, el('strong', {}, item), ' ', error?.message ?? String(error)))));
  announce(place.textContent);
}

/** Opens the import dialog. */
export function openImport({ onChange }) {
  const skip = el('select', {}, el('option', { value: 'skip' }, t('transfer.skip')), el('option', { value: 'fail' }, t('transfer.fail')));
  const place = el('div', { class: 'transfer-state' });

  async function take([file]) {
    await attempt(async () => {
      if (await isZip(file)) {
        await followJob(await startJob(file), place);
      } else {
        place.replaceChildren(el('p', { class: 'hint' }, t('transfer.importing')));
        const report = await importBundle(file, skip.value);
        place.replaceChildren(el('p', { class: 'result' }, tn('transfer.imported', report.concepts), report.skipped > 0 && ` ${tn('transfer.skipped', report.skipped)}`));
        announce(place.textContent);
      }
      onChange();
    }) || place.replaceChildren();
  }

  openDialog({
    title: t('transfer.import_title'),
    body: [
      el('p', {}, t('transfer.import_text')),
      field({ label: t('transfer.on_conflict'), control: skip }),
      fileButton({ text: t('transfer.choose'), iconName: 'upload', kind: 'primary', multiple: false, accept: '.rap,.zip,application/zip,application/octet-stream', onFiles: take }),
      place],
  });
}

/** Asks for a typed word, then erases everything. */
export function openErase({ onChange }) {
  const word = t('erase.word');
  const input = el('input', { type: 'text', autocomplete: 'off', autocapitalize: 'off', oninput: () => { go.disabled = input.value.trim() !== word; } });
  const form = el('form', { id: uniqueId('form') }, field({ label: t('erase.type', { word }), control: input }));
  const go = button({ text: t('erase.action'), kind: 'danger', type: 'submit', form: form.id, disabled: true });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (go.disabled) return;
    attempt(async () => {
      await eraseMemory();
      close();
      onChange();
      notify(t('erase.done'));
    });
  });
  const { close } = openDialog({
    title: t('erase.title'),
    body: [el('p', {}, t('erase.text')), form],
    footer: [button({ text: t('action.cancel'), onclick: () => close() }), go],
  });
  input.focus();
}
