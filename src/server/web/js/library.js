// SPDX-License-Identifier: Apache-2.0
// The Library tab: captions and names for a whole folder.
import { button, download, el, fileButton, icon } from './dom.js';
import { number, t, tn } from './i18n.js';
import { announce, errorText, notify } from './notices.js';
import { acceptDrops, chosenPhotos, kPhotoTypes } from './photos.js';
import { toCsv, toJsonLines } from './table_files.js';

/** `run` outlives the view, which is made anew when the language changes. */
export function createLibraryView(session, { run }) {
  const rows = new Map();
  let started = { at: Date.now(), done: run.finished.length };

  const list = el('ol', { class: 'library-list' });
  const bar = el('progress', { max: 1, value: 0, 'aria-label': t('library.progress') });
  const words = el('p', { class: 'library-words' });
  const start = button({ text: t('library.start'), kind: 'primary', onclick: go });
  const stop = button({ text: t('library.stop'), iconName: 'stop', onclick: () => run.stop() });
  const clear = button({ text: t('library.clear'), kind: 'quiet', onclick: clearList });
  const jsonl = button({ text: 'JSONL', label: t('library.jsonl'), iconName: 'download', onclick: () => save(toJsonLines, 'application/x-ndjson', 'captions.jsonl') });
  const csv = button({ text: 'CSV', label: t('library.csv'), iconName: 'download', onclick: () => save(toCsv, 'text/csv;charset=utf-8', 'captions.csv') });
  const state = el('div', { class: 'library-state' }, el('div', { class: 'library-bar' }, bar, words), el('div', { class: 'row' }, start, stop, jsonl, csv, clear));

  const chooseFolder = (kind) => fileButton({ text: t('library.folder'), iconName: 'folder', kind, folder: true, onFiles: (files) => add(chosenPhotos(files)) });
  const chooseFiles = () => fileButton({ text: t('library.files'), iconName: 'photo', accept: kPhotoTypes, onFiles: (files) => add(chosenPhotos(files)) });
  const empty = el('div', { class: 'nothing' },
    el('div', { class: 'nothing-picture', 'aria-hidden': 'true' }, icon('library')),
    el('p', { class: 'nothing-title' }, t('library.empty_title')), el('p', {}, t('library.empty_text')),
    el('div', { class: 'row centred' }, chooseFolder('primary'), chooseFiles()));
  const tools = el('div', { class: 'page-tools' }, chooseFolder('plain'), chooseFiles());

  function save(toText, type, name) {
    download(new Blob([toText(run.finished)], { type }), name);
  }

  function rowContent(item) {
    const matches = item.recognition?.matches ?? [];
    const said = { waiting: t('library.waiting'), working: t('library.working'), failed: item.error, done: item.caption }[item.state];
    return [
      el('span', { class: 'library-thumb' }, item.thumb && el('img', { src: item.thumb, alt: '' })),
      el('div', { class: 'library-text' }, el('p', { class: 'library-caption' }, said),
        matches.length > 0 && el('ul', { class: 'names' }, matches.map((match) => el('li', {}, match.name))),
        el('p', { class: 'library-path' }, item.path)),
    ];
  }

  function clearList() {
    run.clear();
    rows.clear();
    list.replaceChildren();
    refresh();
    empty.querySelector('button').focus();
  }

  function renderRow(item) {
    let row = rows.get(item);
    if (!row) {
      row = el('li', {});
      rows.set(item, row);
      list.append(row);
    }
    row.className = `library-row ${item.state}`;
    row.replaceChildren(...rowContent(item));
  }

  /** "12 of 240 · 1 failed · about 3 min left"; `done` counts what failed as well. */
  function progressText(done, total) {
    const failed = run.items.filter((item) => item.state === 'failed').length;
    if (!run.isRunning && failed === 0 && done === total) return tn('library.all_done', total);
    const parts = [t('library.so_far', { done: number(done - failed), total: number(total) })];
    if (failed > 0) parts.push(tn('library.failed', failed));
    if (run.isRunning && done > started.done) {
      const perItem = (Date.now() - started.at) / (done - started.done);
      parts.push(tn('library.left', Math.ceil((perItem * (total - done)) / 60_000)));
    }
    return parts.join(' ');
  }

  function refresh() {
    const total = run.items.length;
    const done = run.finished.length;
    const open = run.items.some((item) => item.state !== 'done');
    bar.max = Math.max(total, 1);
    bar.value = done;
    words.textContent = progressText(done, total);
    empty.hidden = total > 0;
    tools.hidden = total === 0;
    state.hidden = total === 0;
    start.hidden = run.isRunning || !open;
    start.lastChild.textContent = done > 0 ? t('library.resume') : t('library.start');
    stop.hidden = !run.isRunning;
    jsonl.hidden = csv.hidden = done === 0;
    clear.hidden = run.isRunning;
  }

  function add(found) {
    if (found.length === 0) return notify(t('photo.none'), { kind: 'bad' });
    const added = run.add(found);
    added.forEach(renderRow);
    announce(tn('library.added', run.items.length));
    const known = found.length - added.length;
    if (known > 0) notify(tn('library.known', known));
    refresh();
    if (!run.isRunning) start.focus();
  }

  function go() {
    run.run();
    started = { at: Date.now(), done: run.finished.length };
    refresh();
    stop.focus();
  }

  function ended(error) {
    const hadFocus = [document.body, stop].includes(document.activeElement);
    refresh();
    if (error) notify(errorText(error), { kind: 'bad' });
    else announce(words.textContent);
    if (element.isConnected && hadFocus) (csv.hidden ? start : csv).focus();
  }

  const element = el('section', { class: 'page library-page' },
    el('header', { class: 'page-head' }, el('h1', {}, t('nav.library')), tools),
    empty, state, list,
    el('div', { class: 'drop-veil', 'aria-hidden': 'true' }, el('p', {}, t('library.drop'))));
  acceptDrops(element, add);
  run.listener = {
    changed: (item) => { renderRow(item); refresh(); },
    waiting: (seconds) => { words.textContent = seconds === null ? progressText(run.finished.length, run.items.length) : t('chat.busy', { seconds: number(Math.ceil(seconds)) }); },
    ended,
    describe: errorText,
  };
  run.items.forEach(renderRow);
  refresh();
  return { element, shown: () => {}, destroy: () => {} };
}
