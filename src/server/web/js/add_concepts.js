// SPDX-License-Identifier: Apache-2.0
// Showing rap something new: photos, a box on each, and what it is called.
import { ApiError, addView, createConcept, findByName } from './api.js';
import { boxEditor } from './box_editor.js';
import { conceptFields } from './concept_fields.js';
import { confirmDialog, openDialog } from './dialog.js';
import { button, el, fileButton, once, uniqueId } from './dom.js';
import { list, t, tn } from './i18n.js';
import { announce, errorText, notify } from './notices.js';
import { acceptDrops, chosenPhotos, kPhotoTypes, openPhoto } from './photos.js';

const viewOf = async ({ photo, box }) => ({ photo: await photo.dataUri(), ...(box && { box }) });

/** Photos that go in one request: a server takes 64 MB at a time, and base64 makes a third more of them. */
const kMostBytes = 40e6;

/** As many entries from the first on as one request holds, one at least. */
function fittingEntries(entries) {
  let bytes = 0;
  const tooMany = entries.findIndex(({ photo }, i) => { bytes += photo.blob.size; return i > 0 && bytes > kMostBytes; });
  return tooMany < 0 ? entries : entries.slice(0, tooMany);
}

/** Which view of a request an error is about: 2 for "views[2].photo", else null. */
function viewIndex(error) {
  const found = /^views\[(\d+)\]/.exec(error.field);
  return found ? Number(found[1]) : null;
}

/** Opens the dialog with photo files (possibly none). `onSaved` runs when something was remembered. */
export async function openAddDialog({ files = [], onSaved }) {
  let entries = [];  // {photo, box, fields}: one for each thing shown; several may share a photo
  let current = null;
  let apart = false;  // false: all photos show one thing
  let busy = false;
  let shared = conceptFields({}, { folded: true });
  const saved = new Set();  // names of what was remembered and not told yet

  const strip = el('ul', { class: 'strip', 'aria-label': t('add.photos') });
  const editor = el('div', { class: 'add-photo' });
  const form = el('form', { class: 'add-form', novalidate: true });
  const shows = uniqueId('shows');
  const option = (value, text) => el('label', {}, el('input', { type: 'radio', name: shows, onchange: () => tellApart(value) }), el('span', {}, text));
  const same = option(false, t('add.same'));
  const different = option(true, t('add.apart'));
  const choice = el('fieldset', { class: 'segmented' }, el('legend', { class: 'visually-hidden' }, t('add.shows')), same, different);
  const anotherButton = button({ text: t('add.another_here'), iconName: 'plus', kind: 'quiet small', onclick: () => anotherHere() });
  const problem = el('div', { class: 'add-problem', role: 'alert' });
  const save = button({ text: t('add.save'), kind: 'primary', type: 'submit' });
  save.setAttribute('form', (form.id = uniqueId('form')));

  const fieldsOf = (entry) => (apart && entry ? entry.fields : shared);
  const newEntry = (photo) => ({ photo, box: null, fields: conceptFields({}, { folded: true }) });

  async function addFiles(found) {
    if (found.length === 0) return notify(t('photo.none'), { kind: 'bad' });
    const added = [];
    for (const { file } of found) added.push(newEntry(await openPhoto(file)));
    if (!element.isConnected) return added.forEach((entry) => entry.photo.release());
    entries.push(...added);
    select(added[0]);
  }

  function select(entry) {
    current = entry;
    render();
  }

  /** Takes entries out, and frees the photos that none of the others show. */
  function takeOut(group) {
    entries = entries.filter((entry) => !group.includes(entry));
    if (entries.length === 0) apart = false;
    group.forEach(({ photo }) => { if (!entries.some((other) => other.photo === photo)) photo.release(); });
  }

  function remove(entry) {
    const index = entries.indexOf(entry);
    takeOut([entry]);
    select(entries[Math.min(index, entries.length - 1)] ?? null);
  }

  function thumb(entry, index) {
    const label = t('add.photo_n', { n: index + 1, name: apart ? entry.fields.read().name || entry.photo.name : entry.photo.name });
    return el('li', {},
      el('button', { type: 'button', class: 'thumb', 'aria-label': label, 'aria-current': entry === current && 'true', onclick: () => select(entry) },
        entry.photo.visible ? el('img', { src: entry.photo.url, alt: '' }) : el('span', {}, entry.photo.name)),
      button({ label: t('add.remove_photo', { name: entry.photo.name }), iconName: 'close', kind: 'thumb-remove', onclick: () => remove(entry) }));
  }

  function renderEditor() {
    if (!current) {
      editor.replaceChildren(el('div', { class: 'drop-target' }, el('p', { class: 'drop-title' }, t('add.drop')),
        fileButton({ text: t('add.choose'), iconName: 'photo', kind: 'primary', accept: kPhotoTypes, onFiles: (chosen) => addFiles(chosenPhotos(chosen)) })));
      return;
    }
    const entry = current;
    const picture = entry.photo.visible
      ? boxEditor(entry.photo, { box: entry.box, onChange: (box) => { entry.box = box; } }).element
      : el('p', { class: 'no-picture' }, entry.photo.name, el('small', {}, t('photo.no_preview_box')));
    editor.replaceChildren(picture);
  }

  function renderChoice() {
    choice.hidden = entries.length < 2;
    same.firstChild.checked = !apart;
    different.firstChild.checked = apart;
  }

  /** Whether the photos show different things. What was typed so far belongs to the one in view. */
  function tellApart(value) {
    const typed = fieldsOf(current).read();
    const isChange = value !== apart;
    apart = value;
    if (isChange && (typed.name || typed.category || typed.info)) {
      const fields = conceptFields(typed, { folded: true });
      if (apart) current.fields = fields;
      else shared = fields;
    }
    render();
  }

  function anotherHere() {
    const entry = newEntry(current.photo);
    tellApart(true);
    entries.splice(entries.indexOf(current) + 1, 0, entry);
    select(entry);
    entry.fields.focusName();
  }

  function renderForm() {
    const fields = fieldsOf(current).element;
    // Taken out and put in again, the fields would lose the keyboard while somebody types.
    if (form.firstChild !== fields) form.replaceChildren(fields, anotherButton);
    anotherButton.hidden = !current?.photo.visible;
  }

  function render() {
    strip.hidden = entries.length === 0;
    strip.replaceChildren(...entries.map(thumb), el('li', {}, fileButton({
      label: t('add.more_photos'), iconName: 'plus', kind: 'thumb-add', accept: kPhotoTypes, onFiles: (chosen) => addFiles(chosenPhotos(chosen)),
    })));
    renderEditor();
    renderChoice();
    renderForm();
    save.disabled = busy || entries.length === 0;
    save.lastChild.textContent = apart && entries.length > 1 ? tn('add.save_n', entries.length) : t('add.save');
    // Most of this is made anew by each change, and the keyboard stays near where it was.
    if (document.activeElement === document.body) (strip.querySelector('[aria-current]') ?? editor.querySelector('button')).focus();
  }

  /** Name already known: offers to add the photos to that concept instead. */
  async function offerExisting(group, fields) {
    const known = await findByName(fields.read().name);
    if (!known) return;
    problem.replaceChildren(el('p', {}, t('add.exists', { name: known.name })),
      button({ text: t('add.add_to', { name: known.name }), kind: 'small', onclick: () => run(async () => {
        await addViews(known, group);
        await saveAll();
      }) }));
  }

  function done(group) {
    takeOut(group);
    problem.replaceChildren();
  }

  /** Adds the entries one by one, until the dialog is left. What was stored is done, whatever comes after. */
  async function addViews({ id, name }, group) {
    for (const entry of group) {
      if (!element.open) return;
      await addView(id, await viewOf(entry));
      saved.add(name);
      done([entry]);
    }
  }

  /** Makes a concept of the entries, in as many requests as it takes. */
  async function remember(group, fields) {
    const first = fittingEntries(group);
    const made = await createConcept({ ...fields.read(), views: await Promise.all(first.map(viewOf)) });
    saved.add(made.name);
    done(first);
    await addViews(made, group.slice(first.length));
  }

  /** Shows what was wrong with the first of `group`, or with the photo that the error names. */
  function showProblem(error, group, fields) {
    const index = viewIndex(error);
    const entry = group[index] ?? group[0];
    select(entry);
    if (fields.showError(error.field, errorText(error))) return;
    problem.replaceChildren(el('p', {}, index === null ? errorText(error) : t('add.photo_problem', { photo: entry.photo.name, problem: errorText(error) })));
  }

  async function saveGroup(group, fields) {
    fields.clearErrors();
    if (!fields.read().name) {
      select(group[0]);
      fields.showError('name', t('add.name_missing'));
      return false;
    }
    try {
      await remember(group, fields);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (!element.open) return false;
      const left = group.filter((entry) => entries.includes(entry));
      showProblem(error, left, fields);
      if (error.status === 409) await offerExisting(left, fields);
      return false;
    }
  }

  async function saveAll() {
    const groups = apart ? entries.map((entry) => [[entry], entry.fields]) : entries.length > 0 ? [[entries, shared]] : [];
    for (const [group, fields] of groups) {
      if (!element.open) break;
      if (!(await saveGroup(group, fields))) return;
    }
    if (entries.length === 0) close();  // else photos came while the others were saved
    notify(t('add.saved', { names: list(saved) }));
  }

  /** Tells the page that something was remembered, once. */
  function tellSaved() {
    if (saved.size === 0) return;
    saved.clear();
    onSaved();
  }

  const run = once(async (action) => {
    busy = true;
    save.disabled = true;
    form.setAttribute('aria-busy', 'true');
    announce(t('add.saving'));
    try {
      await action();
    } catch (error) {
      notify(errorText(error), { kind: 'bad' });
    } finally {
      busy = false;
      form.removeAttribute('aria-busy');
      if (element.open) select(entries.includes(current) ? current : entries[0] ?? null);
      else tellSaved();
    }
  });

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!save.disabled) run(saveAll);
  });

  const body = el('div', { class: 'add' }, el('div', { class: 'add-left' }, editor, strip), el('div', { class: 'add-right' }, choice, form, problem));
  const { element, close } = openDialog({
    title: t('add.title'),
    kind: 'wide',
    body,
    footer: [save],
    mayClose: () => entries.length === 0 || confirmDialog({ title: t('add.leave_title'), text: t('add.leave'), action: t('add.leave_action'), danger: true }),
    onClose: () => {
      entries.forEach((entry) => entry.photo.release());
      tellSaved();
    },
  });
  acceptDrops(element, addFiles);
  render();
  if (files.length > 0) {
    await addFiles(files);
    shared.focusName();
  }
}
