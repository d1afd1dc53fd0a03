// SPDX-License-Identifier: Apache-2.0
// Moving a whole memory: export, import of a bundle or of a zip of folders, erase.
import { ApiError, cancelJob, eraseMemory, exportBundle, importBundle, jobStates, startJob } from './api.js';
import { openDialog } from './dialog.js';
import { button, download, el, field, fileButton, once, uniqueId } from './dom.js';
import { number, t, tn } from './i18n.js';
import { announce, attempt, errorText, notify } from './notices.js';

/** Downloads everything as one file. */
export function exportMemory() {
  return attempt(async () => {
    notify(t('transfer.exporting'));
    const day = new Date().toISOString().slice(0, 10);
    download(await exportBundle(), `memory-${day}.rap`);
  });
}

const isZip = async (file) => (await file.slice(0, 2).text()) === 'PK';

/** What a job said of an error, in words for people. */
const failureText = (error) => errorText(new ApiError(null, error));

/** Says how an import ended: `result` tells somebody who has left its dialog. */
function tellEnd(place, result) {
  if (place.isConnected) announce(place.textContent);
  else notify(result);
}

/** Follows a zip's import in `place` until it ends. */
async function followJob(job, place) {
  const bar = el('progress', { max: Math.max(job.total, 1), value: job.done, 'aria-label': t('transfer.progress') });
  const words = el('p', { class: 'hint' });
  const cancel = button({ text: t('action.cancel'), onclick: () => attempt(() => cancelJob(job.id)) });
  place.replaceChildren(bar, words, cancel);
  let last = job;
  const show = () => {
    bar.max = Math.max(last.total, 1);
    bar.value = last.done;
    words.textContent = last.total > 0 ? t('transfer.job', { done: number(last.done), total: number(last.total) }) : t('transfer.job_begins');
  };
  show();
  try {
    for await (const state of jobStates(job.id)) {
      if (state.id === undefined) continue;  // the end
      last = state;
      show();
    }
  } catch (error) {
    if (error.status !== 0) throw error;  // else the last state says that the connection was lost
  }
  const result = t(`transfer.job_${last.state}`, { n: number(last.remembered) });
  place.replaceChildren(el('p', { class: 'result' }, result), el('ul', { class: 'failures' },
    last.error && el('li', {}, failureText(last.error)),
    last.failed.map(({ item, error }) => el('li', {}, el('strong', {}, item), ' ', failureText(error)))));
  tellEnd(place, result);
}

/** Opens the import dialog. */
export function openImport({ onChange }) {
  const skip = el('select', {}, el('option', { value: 'skip' }, t('transfer.skip')), el('option', { value: 'fail' }, t('transfer.fail')));
  const place = el('div', { class: 'transfer-state', tabindex: '-1' });

  async function importFile(file) {
    if (await isZip(file)) {
      await followJob(await startJob(file), place);
    } else {
      const report = await importBundle(file, skip.value);
      const result = tn('transfer.imported', report.concepts) + (report.skipped > 0 ? ` ${tn('transfer.skipped', report.skipped)}` : '');
      place.replaceChildren(el('p', { class: 'result' }, result));
      tellEnd(place, result);
    }
    onChange();
  }

  async function take([file]) {
    place.replaceChildren(el('p', { class: 'hint' }, t('transfer.importing')));
    place.focus();  // what was pressed cannot be pressed for a while
    chooser.inert = true;
    const ended = await attempt(() => importFile(file));
    chooser.inert = false;
    if (!ended) place.replaceChildren();
    // The cancel button may have had the focus.
    if ([place, document.body].includes(document.activeElement)) (ended ? place : chooser.querySelector('button')).focus();
  }

  const chooser = fileButton({ text: t('transfer.choose'), iconName: 'upload', kind: 'primary', multiple: false, accept: '.rap,.zip,application/zip,application/octet-stream', onFiles: take });

  openDialog({
    title: t('transfer.import_title'),
    body: [
      el('p', {}, t('transfer.import_text')),
      field({ label: t('transfer.on_conflict'), control: skip }),
      chooser, place],
  });
}

/** Asks for a typed word, then erases everything. */
export function openErase({ onChange }) {
  const word = t('erase.word');
  const input = el('input', { type: 'text', autocomplete: 'off', autocapitalize: 'off', oninput: () => { go.disabled = input.value.trim() !== word; } });
  const form = el('form', { id: uniqueId('form') }, field({ label: t('erase.type', { word }), control: input }));
  const go = button({ text: t('erase.action'), kind: 'danger', type: 'submit', form: form.id, disabled: true });
  const erase = once(() => attempt(async () => {
    await eraseMemory();
    close();
    onChange();
    notify(t('erase.done'));
  }));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!go.disabled) erase();
  });
  const { close } = openDialog({
    title: t('erase.title'),
    body: [el('p', {}, t('erase.text')), form],
    footer: [button({ text: t('action.cancel'), onclick: () => close() }), go],
  });
  input.focus();
}
