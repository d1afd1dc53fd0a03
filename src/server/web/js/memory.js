// SPDX-License-Identifier: Apache-2.0
// The Memory tab: everything that is known, as cards.
import { openAddDialog } from './add_concepts.js';
import { listConcepts } from './api.js';
import { avatar } from './avatar.js';
import { openConcept } from './concept_sheet.js';
import { button, debounce, el, fileButton, focusAgain, icon, once } from './dom.js';
import { openHistory } from './history.js';
import { t, tn } from './i18n.js';
import { announce, errorText, notify } from './notices.js';
import { acceptDrops, chosenPhotos, kPhotoTypes } from './photos.js';
import { exportMemory, openErase, openImport } from './transfer.js';

const kCardSide = 280;
const kPage = 50;
const kMostAtOnce = 500;  // that the server gives

export function createMemoryView(session) {
  const canWrite = session.scopes.includes('write');
  let concepts = [];
  let next = null;
  let search = '';
  let asked = new AbortController();

  const count = el('p', { class: 'page-count' });
  const grid = el('ul', { class: 'cards' });
  const more = button({ text: t('memory.more'), onclick: () => load({ append: true }) });
  const nothing = el('div', { class: 'nothing', hidden: true });
  const searchBox = el('input', { type: 'search', placeholder: t('memory.search'), 'aria-label': t('memory.search'), autocomplete: 'off',
    oninput: debounce(200, () => { search = searchBox.value.trim(); load({ anew: true }); }) });

  const open = once((id) => openConcept(id, { canWrite, onChange: load }));
  const add = (files) => (files.length > 0 ? openAddDialog({ files, onSaved: load }) : notify(t('photo.none'), { kind: 'bad' }));

  /** The buttons that open the cards, by id: they outlive their cards, so that the focus can stay on one or return to it. */
  const openers = new Map();

  function opener({ id, name }) {
    if (!openers.has(id)) openers.set(id, el('button', { type: 'button', class: 'card-open', onclick: () => open(id) }));
    openers.get(id).textContent = name;
    return openers.get(id);
  }

  function card(known) {
    const counted = known.counter_example_count > 0 ? ` · ${tn('memory.counters', known.counter_example_count)}` : '';
    return el('li', {}, el('article', { class: 'card' },
      el('div', { class: 'card-picture' }, avatar(known, kCardSide)),
      el('div', { class: 'card-text' },
        el('h2', {}, opener(known)),
        known.category && el('p', { class: 'card-category' }, known.category),
        known.info && el('p', { class: 'card-info' }, known.info),
        el('p', { class: 'card-views' }, tn('sheet.views', known.view_count) + counted))));
  }

  function renderNothing() {
    nothing.hidden = concepts.length > 0;
    if (search) {
      nothing.replaceChildren(el('p', { class: 'nothing-title' }, t('memory.not_found', { search })));
      return;
    }
    nothing.replaceChildren(
      el('div', { class: 'nothing-picture', 'aria-hidden': 'true' }, icon('photo')),
      el('p', { class: 'nothing-title' }, t('memory.empty_title')),
      el('p', {}, t('memory.empty_text')),
      canWrite && fileButton({ text: t('memory.empty_action'), iconName: 'photo', kind: 'primary', accept: kPhotoTypes, onFiles: (files) => add(chosenPhotos(files)) }));
  }

  function render() {
    const focused = document.activeElement;
    grid.replaceChildren(...concepts.map(card));
    more.hidden = next === null;
    count.textContent = concepts.length > 0 ? tn(next === null ? 'memory.count' : 'memory.count_first', concepts.length) : '';
    renderNothing();
    if (element.contains(focused) || document.activeElement !== focused) focusAgain(focused);
  }

  /** Says what went wrong; where nothing is shown, in its place. */
  function renderFailure(error) {
    const text = errorText(error);
    if (concepts.length > 0) return notify(text, { kind: 'bad' });
    nothing.hidden = false;
    nothing.replaceChildren(el('p', { class: 'nothing-title' }, text), button({ text: t('gate.retry'), kind: 'primary', onclick: () => load() }));
    announce(text);
  }

  /** Fetches as much as is shown again, the page after it, or `anew` the first one for another search, and says how many were found. */
  async function load({ append = false, anew = false } = {}) {
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    if (anew) more.hidden = true;  // a page after what is shown would be one of the search before
    const limit = append || anew ? kPage : Math.min(Math.max(concepts.length, kPage), kMostAtOnce);
    try {
      const page = await listConcepts({ search, after: append ? next : null, limit, signal });
      const wasAtMore = document.activeElement === more;
      concepts = append ? [...concepts, ...page.concepts] : page.concepts;
      next = page.next;
      render();
      if (wasAtMore && next === null) openers.get(page.concepts[0]?.id)?.focus();
      if (anew) announce(tn('memory.count', concepts.length));
    } catch (error) {
      if (signal.aborted) return;
      if (anew) {
        concepts = [];
        next = null;
        render();
      }
      renderFailure(error);
    }
  }

  const tools = el('details', { class: 'menu' },
    el('summary', { class: 'button plain', 'aria-label': t('memory.tools') }, icon('settings'), el('span', {}, t('memory.tools'))),
    el('div', { class: 'menu-list' },
      button({ text: t('memory.history'), iconName: 'history', kind: 'menu-item', onclick: () => openHistory({ canWrite, onChange: load }) }),
      canWrite && button({ text: t('memory.import'), iconName: 'upload', kind: 'menu-item', onclick: () => openImport({ onChange: load }) }),
      button({ text: t('memory.export'), iconName: 'download', kind: 'menu-item', onclick: exportMemory }),
      session.scopes.includes('admin') && button({ text: t('memory.erase'), iconName: 'trash', kind: 'menu-item danger-quiet', onclick: () => openErase({ onChange: load }) })));
  // Before the item does its work, so that the focus returns to what is still seen then.
  tools.addEventListener('click', (event) => {
    if (!event.target.closest('.menu-item')) return;
    tools.open = false;
    tools.querySelector('summary').focus();
  }, { capture: true });
  tools.addEventListener('focusout', (event) => { if (event.relatedTarget && !tools.contains(event.relatedTarget)) tools.open = false; });
  tools.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !tools.open) return;
    tools.open = false;
    tools.querySelector('summary').focus();
  });
  const closeOutside = (event) => { if (!tools.contains(event.target)) tools.open = false; };
  document.addEventListener('pointerdown', closeOutside);

  const element = el('section', { class: 'page memory-page' },
    el('header', { class: 'page-head' },
      el('div', {}, el('h1', {}, t('nav.memory')), count),
      el('div', { class: 'page-tools' },
        el('div', { class: 'search' }, icon('search'), searchBox),
        tools,
        canWrite && button({ text: t('memory.add'), iconName: 'plus', kind: 'primary', onclick: () => openAddDialog({ onSaved: load }) }))),
    grid, el('div', { class: 'more' }, more), nothing,
    canWrite && el('div', { class: 'drop-veil', 'aria-hidden': 'true' }, el('p', {}, t('memory.drop'))));
  if (canWrite) acceptDrops(element, add);
  more.hidden = true;

  return { element, shown: load, destroy: () => document.removeEventListener('pointerdown', closeOutside) };
}
