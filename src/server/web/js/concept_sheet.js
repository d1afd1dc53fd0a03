// SPDX-License-Identifier: Apache-2.0
// One concept, opened: its views, its text to be edited in place, its history.
import { ApiError, addView, forgetConcept, getConcept, history, patchConcept, pictureUrl, removeView, undoStep } from './api.js';
import { boxEditor } from './box_editor.js';
import { conceptFields } from './concept_fields.js';
import { confirmDialog, confirmDiscard, openDialog } from './dialog.js';
import { button, el, fileButton, once } from './dom.js';
import { date, t, tn } from './i18n.js';
import { historyList, valueText } from './history.js';
import { attempt, errorText, notify } from './notices.js';
import { acceptDrops, chosenPhotos, kPhotoTypes, openPhoto } from './photos.js';

const kFields = ['name', 'category', 'info', 'aliases', 'attributes', 'consent'];

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** What has to be patched to turn `before` into `after`. */
function difference(before, after) {
  const patch = Object.fromEntries(kFields.filter((name) => !same(before[name], after[name])).map((name) => [name, after[name]]));
  const value = ({ attributes }, key) => (Object.hasOwn(attributes, key) ? attributes[key] : null);
  const keys = Object.keys({ ...before.attributes, ...after.attributes }).filter((key) => value(before, key) !== value(after, key));
  if (keys.length > 0) patch.attributes = Object.fromEntries(keys.map((key) => [key, value(after, key)]));
  else delete patch.attributes;
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
  let start;  // what the fields read when nothing in them was unsaved; not all that is stored fits into them unchanged
  const views = el('div', { class: 'sheet-views' });
  const text = el('form', { class: 'sheet-text', novalidate: true, tabindex: '-1' });
  const conflict = el('div', { class: 'conflict', role: 'alert', hidden: true });
  const facts = el('p', { class: 'sheet-facts' });
  const past = el('details', { class: 'sheet-history' }, el('summary', {}, t('sheet.history')), el('div', {}));
  const bar = el('div', { class: 'save-bar', hidden: true },
    el('p', {}, t('sheet.unsaved')),
    button({ text: t('sheet.discard'), onclick: () => showText() }),
    button({ text: t('sheet.save'), kind: 'primary', type: 'submit' }));

  const unsaved = () => Object.keys(difference(start, fields.read()));
  const isDirty = () => unsaved().length > 0;

  /** Hides a part of the form; the keyboard stays in the form. */
  function hide(part) {
    if (part.contains(document.activeElement)) text.focus();
    part.hidden = true;
  }

  function refreshBar() {
    if (isDirty()) bar.hidden = false;
    else hide(bar);
  }

  /** Shows all of `next` but its text: somebody may be typing. */
  function changedTo(next) {
    subject = next;
    element.querySelector('h2').textContent = subject.name;
    showPhotos();
    onChange();
  }

  function photosChangedTo(next) {
    const textStands = kFields.every((name) => same(subject[name], next[name]));
    changedTo(next);
    if (!textStands) meetText();
  }

  function viewFigure(view) {
    const remove = canWrite && button({ label: t('view.remove'), iconName: 'trash', kind: 'over-photo', onclick: () => takeAway(view) });
    return el('figure', { class: `view ${view.shows ? view.provenance : 'counter'}` },
      el('img', { src: pictureUrl(subject.id, view.id, 400), alt: t('view.alt', { name: subject.name, kind: viewKind(view) }), loading: 'lazy' }),
      el('figcaption', {}, viewKind(view), el('span', {}, date(view.added))), remove);
  }

  const takeAway = once((view) => attempt(async () => {
    photosChangedTo(await removeView(subject.id, view.id));
    const { revision } = subject;
    notify(t('view.removed'), { action: t('action.undo'), onAction: () => attempt(async () => {
      await undoStep((step) => step.revision === revision);
      photosChangedTo(await getConcept(id));
    }) });
  }));

  async function addPhotos(found) {
    if (found.length === 0) return notify(t('photo.none'), { kind: 'bad' });
    for (const { file } of found) {
      const photo = await openPhoto(file);
      if (!element.open) return photo.release();
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

  /** Shows the text as it is stored, in new fields only where the old ones read otherwise: somebody may be in them. */
  function showText() {
    const old = fields;
    if (!old || Object.keys(difference(subject, old.read())).length > 0) {
      const hadFocus = old?.element.contains(document.activeElement);
      fields = conceptFields(subject, { onChange: refreshBar });
      fields.element.inert = !canWrite;
      old?.element.remove();
      text.prepend(fields.element);
      if (hadFocus) text.focus();
    }
    start = fields.read();
    hide(bar);
    hide(conflict);
  }

  async function loadHistory() {
    await attempt(async () => past.lastChild.replaceChildren(historyList(await history(id))));
  }

  /** Somebody else changed the text meanwhile: shows what differs from what is unsaved here, and lets the user decide. */
  function meetText() {
    const mine = fields.read();
    const names = unsaved().filter((name) => name in difference(subject, mine));
    if (names.length === 0) return showText();
    conflict.hidden = false;
    conflict.replaceChildren(
      el('p', { class: 'conflict-title' }, t('conflict.title', { name: subject.name })),
      el('p', {}, t('conflict.text')),
      el('dl', {}, names.flatMap((name) => [
        el('dt', {}, t(`fields.${name}`)),
        el('dd', {}, el('span', {}, t('conflict.theirs')), ' ', valueText(name, subject[name])),
        el('dd', {}, el('span', {}, t('conflict.mine')), ' ', valueText(name, mine[name])),
      ])),
      el('div', { class: 'row' },
        button({ text: t('conflict.take'), onclick: () => showText() }),
        button({ text: t('conflict.keep'), kind: 'primary', onclick: () => save() })));
    conflict.querySelector('button').focus();
  }

  const save = once(async () => {
    const mine = fields.read();
    fields.clearErrors();
    if (!mine.name) return fields.showError('name', t('add.name_missing'));
    try {
      changedTo(await patchConcept(id, difference(start, mine), subject.revision));
      start = mine;
      hide(conflict);
      if (!isDirty()) showText();  // else what was typed meanwhile stays
      notify(t('sheet.saved', { name: subject.name }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 412) return attempt(async () => { changedTo(await getConcept(id)); meetText(); });
      if (!fields.showError(error.field, errorText(error))) notify(errorText(error), { kind: 'bad' });
    }
  });

  async function forget() {
    const agreed = await confirmDialog({ title: t('sheet.forget_title', { name: subject.name }), text: t('sheet.forget_text'), action: t('sheet.forget'), danger: true });
    if (!agreed) return;
    await attempt(async () => {
      await forgetConcept(id);
      close();
      onChange();
      notify(t('sheet.forgotten', { name: subject.name }), { action: t('action.undo'), onAction: () => attempt(async () => {
        await undoStep((step) => step.kind === 'forget' && step.concept_id === id);
        onChange();
      }) });
    });
  }

  text.addEventListener('submit', (event) => {
    event.preventDefault();
    if (isDirty()) save();
  });
  past.addEventListener('toggle', () => { if (past.open) loadHistory(); });

  const { element, close } = openDialog({
    title: subject.name,
    kind: 'sheet',
    body: [views, conflict, text, past, facts,
      canWrite && button({ text: t('sheet.forget'), iconName: 'trash', kind: 'danger-quiet', onclick: forget })],
    mayClose: () => !isDirty() || confirmDiscard(),
  });
  text.append(bar);
  showPhotos();
  showText();
  if (canWrite) acceptDrops(element, addPhotos);
}
