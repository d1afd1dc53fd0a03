// SPDX-License-Identifier: Apache-2.0
// Saying who or what is in a photo: "this is", "this is not", and naming something new.
import { createConcept, feedback, findByName, listConcepts, undoStep } from './api.js';
import { boxEditor } from './box_editor.js';
import { confirmDiscard, openDialog } from './dialog.js';
import { button, debounce, el, field, once, setFieldError, uniqueId } from './dom.js';
import { list, percent, t } from './i18n.js';
import { announce, attempt, errorText, notify } from './notices.js';

/** Buttons of one row; once pressed they give way to what was noted, with a way back. */
function sayings(photo, box, options, onTaught) {
  const holder = el('div', { class: 'sayings', tabindex: '-1' });
  const offer = () => holder.replaceChildren(...options.map(({ text, label = null, is = [], isNot = [], noted }) =>
    button({ text, label, kind: 'small', onclick: () => say({ is, isNot, noted }) })));

  async function takeBack({ revision }) {
    await attempt(async () => {
      await undoStep((step) => step.revision === revision);
      offer();
      holder.querySelector('button').focus();
      announce(t('teach.taken_back'));
    });
  }

  async function say({ is, isNot, noted }) {
    const pressed = document.activeElement;
    holder.inert = true;
    await attempt(async () => {
      const said = { photo: await photo.dataUri(), is, is_not: isNot, ...(box && { box: box.map(Math.round) }) };
      const { taught } = await feedback(said);
      // Undo takes back one step; it is offered only where it takes back exactly what was said here.
      const added = taught.filter((each) => each.is_new);
      const back = added.length === 1 && button({ text: t('action.undo'), iconName: 'undo', kind: 'quiet small', onclick: once(() => takeBack(added[0].concept)) });
      holder.replaceChildren(el('span', { class: 'noted' }, noted), ...(back ? [back] : []));
      announce(noted);
      onTaught();
    });
    holder.inert = false;
    // Inert, it lost the focus.
    if (document.activeElement === document.body) (pressed.isConnected ? pressed : holder.querySelector('button') ?? holder).focus();
  }
  offer();
  return holder;
}

const thisIs = ({ id, name }) => ({ text: t('teach.is', { name }), is: [id], noted: t('teach.noted_is', { name }) });
const thisIsNot = ({ id, name }) => ({ text: t('teach.is_not', { name }), isNot: [id], noted: t('teach.noted_is_not', { name }) });

function row(kind, name, probability, said) {
  return el('li', { class: `seen-row ${kind}` },
    el('span', { class: 'seen-mark', 'aria-hidden': 'true' }),
    el('span', { class: 'seen-name' }, name, ' ', el('span', { class: 'seen-percent' }, percent(probability))), said);
}

function group(title, rows) {
  return rows.length > 0 && el('div', { class: 'seen-group' }, el('h4', {}, title), el('ul', {}, rows));
}

/** What was seen in one photo as rows that can be put right, where the key may write. */
export function seenRows(photo, recognition, { canWrite, onTaught }) {
  const said = (box, options) => canWrite && sayings(photo, box, options, onTaught);
  const matches = recognition.matches.map((match) => row('match', match.name, match.probability, said(match.box, [thisIsNot(match)])));
  const doubts = recognition.doubts.map((doubt) => row('doubt', doubt.name, doubt.probability, said(doubt.box, [
    ...doubt.candidates.map(thisIs),
    { text: t('teach.neither'), label: t('teach.neither_label', { names: doubt.name }), isNot: doubt.candidates.map((match) => match.id), noted: t('teach.noted_neither', { names: doubt.name }) },
  ])));
  const near = recognition.near.map((match) => row('near', match.name, match.probability, said(match.box, [thisIs(match), thisIsNot(match)])));
  return [group(t('seen.matches'), matches), group(t('seen.doubts'), doubts), group(t('seen.near'), near)].filter(Boolean);
}

/** Asks for a box and a name, and teaches it: a view of a known concept, or a new one. */
export function openTeach(photo, { onTaught }) {
  let box = null;
  const listId = uniqueId('names');
  const names = el('datalist', { id: listId });
  let asked = new AbortController();
  const suggest = debounce(200, () => attempt(async () => {
    asked.abort();
    asked = new AbortController();
    const { concepts } = await listConcepts({ search: input.value.trim(), limit: 20, signal: asked.signal });
    names.replaceChildren(...concepts.map((known) => el('option', { value: known.name })));
  }));
  const input = el('input', { type: 'text', required: true, maxlength: '100', autocomplete: 'off', list: listId, oninput: suggest });
  const info = el('textarea', { rows: '2', maxlength: '4000' });
  const form = el('form', { id: uniqueId('form'), novalidate: true }, field({ label: t('teach.name'), control: input, hint: t('teach.name_hint') }), names,
    field({ label: t('teach.info'), control: info }));
  const editor = photo.visible ? boxEditor(photo, { onChange: (next) => { box = next; } }).element : null;

  const teach = once(async (name) => {
    const place = box ? { box } : {};
    try {
      const found = await findByName(name);
      const data = await photo.dataUri();
      if (found) await feedback({ photo: data, is: [found.id], is_not: [], ...place });
      else await createConcept({ name, info: info.value.trim(), views: [{ photo: data, ...place }] });
      close();
      notify(t(found ? 'teach.noted_is' : 'add.saved', { name, names: list([name]) }));
      onTaught();
    } catch (error) {
      setFieldError(input, errorText(error));
      input.focus();
    }
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const name = input.value.trim();
    if (name) return teach(name);
    setFieldError(input, t('add.name_missing'));
    input.focus();
  });
  const { close } = openDialog({
    title: t('teach.title'), kind: 'medium', body: [editor, form],
    footer: [button({ text: t('teach.save'), kind: 'primary', type: 'submit', form: form.id })],
    mayClose: () => [input, info].every((control) => control.value.trim() === '') || confirmDiscard(),
  });
  input.focus();
  suggest();
}
