// SPDX-License-Identifier: Apache-2.0
// The Chat tab: photos, questions, streamed answers.
import { turnView } from './chat_turn.js';
import { openConcept } from './concept_sheet.js';
import { button, el, fileButton, icon, once, switchControl } from './dom.js';
import { t } from './i18n.js';
import { announce, attempt, notify } from './notices.js';
import { acceptDrops, chosenPhotos, kPhotoTypes, openAskedPhoto } from './photos.js';
import { sorted } from './recognition.js';

const kMostPhotos = 16;  // of one request, as the server allows

/**
 * `conversation` and `draft` {photos, text, compare, opening} outlive the view, which is made anew when the language
 * changes. `opening` settles once every photo chosen so far is open, of which the view of that time hears as
 * `draft.listener`.
 */
export function createChatView(session, { conversation, draft }) {
  const canWrite = session.scopes.includes('write');
  const views = new Map();
  let isGone = false;

  const log = el('div', { class: 'turns' });
  const strip = el('ul', { class: 'strip', 'aria-label': t('chat.photos') });
  const text = el('textarea', { rows: '1', maxlength: '8000', placeholder: t('chat.placeholder'), 'aria-label': t('chat.question'), oninput: () => { draft.text = text.value; refresh(); } });
  const send = button({ label: t('chat.send'), iconName: 'send', kind: 'primary round', type: 'submit' });
  const stop = button({ label: t('chat.stop'), iconName: 'stop', kind: 'primary round', onclick: () => { working()?.stop(); } });
  const fresh = button({ text: t('chat.new'), iconName: 'plus', kind: 'plain', onclick: startAnew });
  const compare = switchControl({ label: t('chat.compare'), checked: draft.compare, onchange: (on) => { draft.compare = on; } });
  const composer = el('form', { class: 'composer' }, strip,
    el('div', { class: 'composer-row' },
      fileButton({ label: t('chat.add_photo'), iconName: 'photo', kind: 'quiet round', accept: kPhotoTypes, onFiles: (files) => addPhotos(chosenPhotos(files)) }),
      text, send, stop),
    el('div', { class: 'composer-foot' }, compare));
  const empty = el('div', { class: 'nothing chat-empty' },
    el('div', { class: 'nothing-picture', 'aria-hidden': 'true' }, icon('chat')),
    el('p', { class: 'nothing-title' }, t('chat.empty_title')), el('p', {}, t('chat.empty_text')),
    el('ul', { class: 'suggestions' }, ['who', 'describe', 'know'].map((name) => el('li', {}, button({ text: t(`chat.suggest.${name}`), kind: 'chip', onclick: () => {
      text.value = draft.text = t(`chat.suggest.${name}`);
      refresh();
      text.focus();
    } })))));

  const working = () => conversation.turns.find((turn) => turn.stop !== null);

  /** What can be pressed, from the state. */
  function refresh() {
    const busy = working() !== undefined;
    send.hidden = busy;
    stop.hidden = !busy;
    send.disabled = draft.photos.length === 0 && draft.text.trim() === '';
    empty.hidden = conversation.turns.length > 0;
    fresh.hidden = conversation.turns.length === 0;
    strip.hidden = draft.photos.length === 0;
  }

  function renderStrip() {
    strip.replaceChildren(...draft.photos.map((photo) => el('li', {},
      el('span', { class: 'thumb' }, photo.visible ? el('img', { src: photo.url, alt: photo.name }) : el('span', {}, photo.name)),
      button({ label: t('add.remove_photo', { name: photo.name }), iconName: 'close', kind: 'thumb-remove', onclick: () => {
        draft.photos.splice(draft.photos.indexOf(photo), 1);
        photo.release();
        renderStrip();
        text.focus();
      } }))));
    refresh();
  }

  const hasRoom = () => conversation.turns.flatMap((turn) => turn.photos).length + draft.photos.length < kMostPhotos;

  async function openPhotos(found) {
    for (const { file } of found) {
      if (!hasRoom()) {
        notify(t('chat.too_many', { n: kMostPhotos }), { kind: 'bad' });
        break;
      }
      draft.photos.push(await openAskedPhoto(file));
    }
  }

  /** Opens photos after those that were chosen before. */
  function addPhotos(found) {
    if (found.length === 0) return notify(t('photo.none'), { kind: 'bad' });
    draft.opening = draft.opening.then(() => attempt(() => openPhotos(found))).then(() => draft.listener());
  }

  /** Draws over every photo what the turn's answer saw in it. */
  function mark(turn) {
    for (const [photo, recognition] of conversation.seen(turn)) {
      for (const view of views.values()) view.stages.get(photo)?.setMarks(sorted(recognition), recognition);
    }
  }

  const openCard = once((id) => openConcept(id, { canWrite, onChange: () => {} }));

  function addTurn(turn) {
    const view = turnView(conversation, turn, { canWrite, openCard, askAgain });
    views.set(turn, view);
    log.append(view.element);
    return view;
  }

  const isAtEnd = () => window.innerHeight + window.scrollY > document.documentElement.scrollHeight - 160;

  function answer(turn) {
    conversation.answer(turn);
    refresh();
    stop.focus();
    announce(t('chat.thinking'));
  }

  function changed(turn, name) {
    const follow = element.isConnected && turn.lanes[name].state === 'streaming' && isAtEnd();
    views.get(turn)?.update(name);
    if (turn.lanes[name].state === 'done' && name === 'memory') mark(turn);
    if (follow) window.scrollTo({ top: document.documentElement.scrollHeight });
  }

  function ended(turn) {
    refresh();
    const { state, text: said } = turn.lanes.memory;
    announce(state === 'done' ? t('chat.said', { text: said }) : t(state === 'stopped' ? 'chat.stopped' : 'chat.failed'));
    if (element.isConnected && (document.activeElement === document.body || document.activeElement === stop)) text.focus({ preventScroll: true });
  }

  function askAgain(turn) {
    if (![undefined, turn].includes(working())) return;
    conversation.prepare(turn, 'bare' in turn.lanes);
    views.get(turn).restart();
    answer(turn);
  }

  function startAnew() {
    conversation.clear();
    views.clear();
    log.replaceChildren();
    refresh();
    text.focus();
  }

  /** Asks, once the photos that belong to the question are open. */
  const ask = once(async () => {
    await draft.opening;
    if (isGone || send.disabled || working()) return;
    const turn = conversation.ask({ question: draft.text.trim() || t('chat.default_question'), photos: draft.photos, compare: draft.compare });
    Object.assign(draft, { photos: [], text: '' });
    text.value = '';
    renderStrip();
    addTurn(turn).element.scrollIntoView({ block: 'start' });
    answer(turn);
  });
  composer.addEventListener('submit', (event) => {
    event.preventDefault();
    ask();
  });
  text.addEventListener('keydown', (event) => {
    // Enter that ends the composition of a Chinese word is not meant for us.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    composer.requestSubmit();
  });
  text.addEventListener('paste', (event) => {
    const found = chosenPhotos([...event.clipboardData.files]);
    if (found.length === 0) return;
    event.preventDefault();
    addPhotos(found);
  });

  const element = el('section', { class: 'page chat-page' },
    el('header', { class: 'page-head' }, el('h1', {}, t('nav.chat')), el('div', { class: 'page-tools' }, fresh)),
    empty, log, composer,
    el('div', { class: 'drop-veil', 'aria-hidden': 'true' }, el('p', {}, t('chat.drop'))));
  acceptDrops(element, addPhotos);
  conversation.listener = { changed, ended };
  draft.listener = () => { renderStrip(); text.focus(); };
  text.value = draft.text;
  conversation.turns.forEach(addTurn);
  conversation.turns.forEach(mark);
  renderStrip();
  return { element, shown: () => {}, destroy: () => { isGone = true; } };
}
