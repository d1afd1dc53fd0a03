// SPDX-License-Identifier: Apache-2.0
// What was remembered, edited and forgotten, and taking it back.
import { history, undo } from './api.js';
import { openDialog } from './dialog.js';
import { button, el, once } from './dom.js';
import { dateTime, t, tn } from './i18n.js';
import { attempt, notify } from './notices.js';

const kTexts = ['name', 'category', 'info', 'consent'];
const kLists = ['aliases', 'attributes'];

const kShown = {
  consent: (value) => t(`consent.${value}`),
  aliases: (value) => value.join(', '),
  attributes: (value) => Object.entries(value).map(([key, each]) => `${key} = ${each}`).sort().join(', '),
};

/** What a concept has in one of its fields, in words for people. */
export const valueText = (name, value) => (kShown[name]?.(value) ?? value) || '–';

function textChanges(before, after) {
  return kTexts.filter((name) => before[name] !== after[name]).map((name) =>
    el('p', { class: 'change' }, el('span', {}, `${t(`fields.${name}`)}: `), el('del', {}, valueText(name, before[name])), ' ', el('ins', {}, valueText(name, after[name]))));
}

function otherChanges(before, after) {
  const lines = kLists.filter((name) => valueText(name, before[name]) !== valueText(name, after[name])).map((name) => `${t(`fields.${name}`)}: ${valueText(name, after[name])}`);
  // History says how many views there were, not which.
  const photos = (known) => known.view_count + known.counter_example_count;
  const more = photos(after) - photos(before);
  if (more > 0) lines.push(tn('history.views_added', more));
  if (more < 0) lines.push(tn('history.views_removed', -more));
  return lines.map((line) => el('p', { class: 'change' }, line));
}

function entryElement(entry) {
  const { before, after } = entry;
  const name = (after ?? before)?.name ?? '';
  return el('li', { class: `step ${entry.kind}` },
    el('p', { class: 'step-title' }, t(`history.${entry.kind}`, { name })),
    el('time', { datetime: entry.at }, dateTime(entry.at)),
    before && after && [...textChanges(before, after), ...otherChanges(before, after)]);
}

/** The steps as a list, newest first. */
export function historyList(entries) {
  if (entries.length === 0) return el('p', { class: 'hint' }, t('history.empty'));
  return el('ol', { class: 'steps' }, entries.map(entryElement));
}

/** Opens the whole memory's history. */
export async function openHistory({ canWrite, onChange }) {
  // Can hold the focus, so that a long history is scrolled with the keyboard.
  const body = el('div', { tabindex: '0', role: 'group', 'aria-label': t('history.title') });
  const show = () => attempt(async () => body.replaceChildren(historyList(await history())));
  const takeBack = button({ text: t('history.undo_last'), iconName: 'undo', kind: 'primary', onclick: once(() => attempt(async () => {
    let entry;
    try {
      entry = await undo();
    } catch (error) {
      if (error.status !== 404) throw error;
      notify(t('history.nothing'));
      return;
    }
    notify(t('history.undone', { name: (entry.after ?? entry.before)?.name ?? '' }));
    await show();
    onChange();
  })) });
  openDialog({ title: t('history.title'), kind: 'sheet', body, footer: canWrite ? [takeBack] : [] });
  await show();
}
