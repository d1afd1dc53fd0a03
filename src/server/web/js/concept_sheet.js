// SPDX-License-Identifier: Apache-2.0
// One concept, opened: its views, its text to be edited in place, its history.
import { ApiError, addView, forgetConcept, getConcept, history, patchConcept, pictureUrl, removeView, undo } from './api.js';
import { boxEditor } from './box_editor.js';
import { conceptFields } from './concept_fields.js';
import { confirmDialog, openDialog } from './dialog.js';
import { button, el, fileButton, once } from './dom.js';
import { date, t, tn } from './i18n.js';
import { historyList } from './history.js';
import { attempt, errorText, notify } from './notices.js';
import { acceptDrops, chosenPhotos, kPhotoTypes, openPhoto } from './photos.js';

const kFields = ['name', 'category', 'info', 'aliases', 'attributes', 'consent'];

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

/** What has to be patched to turn `before` into `after`. */
function difference(before, after) {
  const patch = {};
  for (const name of kFields) {
    if (name !== 'attributes' && !same(before[name], after[name])) patch[name] = after[name];
  }
  if (!same(sorted(before.attributes), sorted(after.attributes))) {
    const gone = Object.keys(before.attributes).filter((key) => !(key in after.attributes));
    patch.attributes = { ...after.attributes, ...Object.fromEntries(gone.map((key) => [key, null])) };
  }
  return patch;
}

function viewKind(view) {
  if (!view.shows) return t('view.counter');
  return view.provenance === 'learnt' ? t('view.learnt') : t('view.confirmed');
}

/** Asks which part of a new photo is meant. The box in pixels, null = whole photo, undefined = cancelled. */
function askBox(photo) {
  return new Promise((resolve) => {
    let box = null;
    let agreed = false;
    const editor = photo.visible ? boxEditor(photo, { onChange: (next) => { box = next; } }).element : el('p', { class: 'no-picture' }, photo.name);
    const { close } = openDialog({
      title: t('view.add_title'),
      kind: 'medium',
      body: editor,
      footer: [button({ text: t('view.add_save'), kind: 'primary', onclick: () => { agreed = true; close(); } })],
      onClose: () => resolve(agreed ? box : undefined),
    });
  });
}

/** Opens a concept. `onChange` runs after each change, `canWrite` is false for a key that may only read. */
export async function openConcept(id, { canWrite, onChange }) {
  let subject;
  const opened = await attempt(async () => { subject = await getConcept(id); });
  if (!opened) return;

  let fields;
  const views = el('div', { class: 'sheet-views' });
  const text = el('form', { class: 'sheet-text', novalidate: true });
  const conflict = el('div', { class: 'conflict', role: 'alert', hidden: true });
  const facts = el('p', { class: 'sheet-facts' });
  const past = el('details', { class: 'sheet-history' }, el('summary', {}, t('sheet.history')), el('div', {}));
  const bar = el('div', { class: 'save-bar', hidden: true },
    el('p', {}, t('sheet.unsaved')),
    button({ text: t('sheet.discard'), onclick: () => show(subject) }),
    button({ text: t('sheet.save'), kind: 'primary', type: 'submit' }));

  const isDirty = () => canWrite && Object.keys(difference(subject, fields.read())).length > 0;
  const refreshBar = () => { bar.hidden = !isDirty(); };

  function changedTo(next) {
    show(next);
    onChange();
  }

  /** After a change of the photos: what is being typed stays. */
  function photosChangedTo(next) {
    if (!isDirty()) return changedTo(next);
    const mine = fields.read();
    const textStands = kFields.every((name) => same(subject[name], next[name]));
    subject = next;
    showPhotos();
    if (!textStands) attempt(() => showConflict(mine));
    onChange();
  }

  function viewFigure(view) {
    const remove = canWrite && button({ label: t('view.remove'), iconName: 'trash', kind: 'over-photo', onclick: () => takeAway(view) });
    return el('figure', { class: `view ${view.shows ? view.provenance : 'counter'}` },
      el('img', { src: pictureUrl(subject.id, view.id, 400), alt: t('view.alt', { name: subject.name, kind: viewKind(view) }), loading: 'lazy' }),
      el('figcaption', {}, viewKind(view), el('span', {}, date(view.added))), remove);
  }

  const takeAway = once((view) => attempt(async () => {
    photosChangedTo(await removeView(subject.id, view.id));
    notify(t('view.removed'), { action: t('action.undo'), onAction: () => attempt(async () => { await undo(); photosChangedTo(await getConcept(id)); }) });
  }));

  async function addPhotos(found) {
    for (const { file } of found) {
      const photo = await openPhoto(file);
      const box = await askBox(photo);
      if (box !== undefined) {
        await attempt(async () => photosChangedTo(await addView(subject.id, { photo: await photo.dataUri(), ...(box && { box }) })));
      }
      photo.release();
    }
  }

  function showPhotos() {
    const hadFocus = views.contains(document.activeElement);
    views.replaceChildren(...subject.views.map(viewFigure));
    if (canWrite) {
      views.append(fileButton({ text: t('view.add'), iconName: 'plus', kind: 'view-add', accept: kPhotoTypes, onFiles: (chosen) => addPhotos(chosenPhotos(chosen)) }));
    }
    if (hadFocus) views.querySelector('.view-add').focus();
    facts.textContent = `${tn('sheet.views', subject.views.length)} · ${t('sheet.since', { date: date(subject.created) })}`;
    if (past.open) loadHistory();
  }

  function showText() {
    fields = conceptFields(subject, { onChange: refreshBar });
    if (!canWrite) fields.element.inert = true;
    text.replaceChildren(fields.element, bar);
    bar.hidden = true;
    conflict.hidden = true;
  }

  function show(next) {
    subject = next;
    element.querySelector('h2').textContent = subject.name;
    showPhotos();
    showText();
  }

  async function loadHistory() {
    await attempt(async () => past.lastChild.replaceChildren(historyList(await history(id))));
  }

  /** Somebody else changed the concept meanwhile: shows what differs and lets the user decide. */
  async function showConflict(mine) {
    const theirs = await getConcept(id);
    const names = kFields.filter((name) => !same(theirs[name], mine[name]));
    const shown = (value) => (typeof value === 'object' ? Object.entries(value).map(([key, each]) => (Array.isArray(value) ? each : `${key}: ${each}`)).join(', ') : value) || '–';
    conflict.hidden = false;
    conflict.replaceChildren(
      el('p', { class: 'conflict-title' }, t('conflict.title', { name: theirs.name })),
      el('p', {}, t('conflict.text')),
      el('dl', {}, names.flatMap((name) => [
        el('dt', {}, t(`fields.${name}`)),
        el('dd', {}, el('span', {}, t('conflict.theirs')), ' ', shown(theirs[name])),
        el('dd', {}, el('span', {}, t('conflict.mine')), ' ', shown(mine[name])),
      ])),
      el('div', { class: 'row' },
        button({ text: t('conflict.take'), onclick: () => changedTo(theirs) }),
        button({ text: t('conflict.keep'), kind: 'primary', onclick: () => save(theirs) })));
    conflict.querySelector('button').focus();
  }

  /** Saves what stands in the fields over `base`. */
  const save = once(async (base) => {
    const mine = fields.read();
    fields.clearErrors();
    if (!mine.name) return fields.showError('name', t('add.name_missing'));
    try {
      changedTo(await patchConcept(id, difference(base, mine), base.revision));
      notify(t('sheet.saved', { name: subject.name }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 412) return showConflict(mine);
      if (!fields.showError(error.status === 409 ? 'name' : error.field, errorText(error))) notify(errorText(error), { kind: 'bad' });
    }
  });

  async function forget() {
    const agreed = await confirmDialog({ title: t('sheet.forget_title', { name: subject.name }), text: t('sheet.forget_text'), action: t('sheet.forget'), danger: true });
    if (!agreed) return;
    await attempt(async () => {
      await forgetConcept(id);
      close();
      onChange();
      notify(t('sheet.forgotten', { name: subject.name }), { action: t('action.undo'), onAction: () => attempt(async () => { await undo(); onChange(); }) });
    });
  }

  text.addEventListener('submit', (event) => {
    event.preventDefault();
    if (isDirty()) save(subject);
  });
  past.addEventListener('toggle', () => { if (past.open) loadHistory(); });

  const { element, close } = openDialog({
    title: subject.name,
    kind: 'sheet',
    body: [views, conflict, text, past, facts,
      canWrite && button({ text: t('sheet.forget'), iconName: 'trash', kind: 'danger-quiet', onclick: forget })],
    mayClose: () => !isDirty() || confirmDialog({ title: t('sheet.leave_title'), text: t('sheet.leave'), action: t('sheet.discard'), danger: true }),
  });
  show(subject);
  if (canWrite) acceptDrops(element, addPhotos);
}
