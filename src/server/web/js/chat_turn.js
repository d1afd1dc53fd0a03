// SPDX-License-Identifier: Apache-2.0
// How one question and its answers look.
import { getConcept } from './api.js';
import { avatar } from './avatar.js';
import { button, el, icon } from './dom.js';
import { list, number, t } from './i18n.js';
import { errorText } from './notices.js';
import { photoStage } from './photo_stage.js';
import { isEmpty } from './recognition.js';
import { openTeach, seenRows } from './teach.js';

const againButton = (onclick, kind = 'small') => button({ text: t('chat.again'), iconName: 'undo', kind, onclick });

function cardChip(card, openCard) {
  const chip = button({ text: card.name, kind: 'chip', 'aria-label': t('chat.open_card', { name: card.name }), onclick: () => openCard(card.id) });
  getConcept(card.id).then((known) => chip.prepend(avatar(known, 24)), () => {});
  return el('li', {}, chip);
}

function usedCards(rap, openCard) {
  if (rap.cards.length === 0) return el('p', { class: 'cards-used none' }, t('chat.no_cards'));
  return el('div', { class: 'cards-used' }, el('h4', {}, t('chat.cards')), el('ul', {}, rap.cards.map((card) => cardChip(card, openCard))));
}

function nameNote({ names }) {
  if (!names?.repaired) return null;
  const which = [...names.missing, ...names.foreign];
  return el('p', { class: 'name-note' }, icon('check'), which.length > 0 ? t('chat.repaired_names', { names: list(which) }) : t('chat.repaired'));
}

/** How long the answer took, from `timings_ms`. */
function timing({ timings_ms: timings }) {
  return timings?.total ? el('p', { class: 'timing' }, t('chat.took', { seconds: number(Math.round(timings.total / 100) / 10) })) : null;
}

/** What was seen in one photo; folded where an earlier turn already showed it. */
function seenSection(photo, photos, isOwn, ...content) {
  const title = t('chat.photo_n', { n: photos.indexOf(photo) + 1 });
  if (!isOwn) return el('details', { class: 'seen' }, el('summary', {}, title), content);
  return el('section', { class: 'seen' }, photos.length > 1 && el('h3', {}, title), content);
}

/** The panel below an answer: cards, and what was seen in each photo with buttons to put it right. */
function evidencePanel(conversation, turn, { canWrite, openCard, askAgain }) {
  const { rap } = turn.lanes.memory;
  const again = el('div', { class: 'again', hidden: true }, el('p', {}, t('chat.taught')), againButton(() => askAgain(turn), 'primary small'));
  const onTaught = () => { again.hidden = conversation.turns.at(-1) !== turn; };
  const photos = conversation.photosUpTo(turn);
  const seen = conversation.seen(turn).map(([photo, recognition]) => seenSection(photo, photos, turn.photos.includes(photo),
    isEmpty(recognition) ? el('p', { class: 'hint' }, t('seen.nothing')) : seenRows(photo, recognition, { canWrite, onTaught }),
    canWrite && button({ text: t('teach.open'), iconName: 'plus', kind: 'quiet small', onclick: () => openTeach(photo, { onTaught }) })));
  return el('div', { class: 'panel' }, usedCards(rap, openCard), nameNote(rap), seen, again, timing(rap));
}

function laneElement(name, titled, askAgain) {
  const text = el('p', { class: 'answer-text' });
  const state = el('div', { class: 'answer-state' });
  const element = el('div', { class: `lane ${name}` }, titled && el('h3', {}, t(`chat.lane.${name}`)), text, state);
  function update(lane) {
    text.textContent = lane.text;
    element.classList.toggle('is-working', ['waiting', 'streaming'].includes(lane.state));
    element.setAttribute('aria-busy', String(['waiting', 'streaming'].includes(lane.state)));
    if (lane.state === 'waiting') {
      const waits = lane.waitSeconds !== null;
      state.replaceChildren(el('p', { class: 'thinking' }, waits ? t('chat.busy', { seconds: number(Math.ceil(lane.waitSeconds)) }) : t('chat.thinking')));
    } else if (lane.state === 'failed') {
      state.replaceChildren(el('p', { class: 'problem' }, icon('alert'), errorText(lane.error)), againButton(askAgain));
    } else if (lane.state === 'stopped') {
      state.replaceChildren(el('p', { class: 'hint' }, t('chat.stopped')), againButton(askAgain));
    } else {
      state.replaceChildren();
    }
  }
  return { element, update };
}

/**
 * One turn as elements. `update(name)` follows a lane; `stages` are its photos, to be marked with what an answer saw.
 * `actions` = {canWrite, openCard(id), askAgain(turn)}.
 */
export function turnView(conversation, turn, actions) {
  const first = conversation.photosUpTo(turn).length - turn.photos.length;
  const stages = new Map(turn.photos.map((photo) => [photo, photoStage(photo)]));
  const figures = [...stages].map(([photo, stage], i) => el('figure', {}, stage.element,
    (first + turn.photos.length > 1) && el('figcaption', {}, t('chat.photo_n', { n: first + i + 1 }))));
  const lanes = el('div', { class: 'lanes' });
  const panel = el('div', { class: 'panel-place' });
  const element = el('article', { class: 'turn', 'aria-label': t('chat.turn', { question: turn.question }) },
    el('div', { class: 'asked' }, figures.length > 0 && el('div', { class: `asked-photos n${Math.min(figures.length, 3)}` }, figures), el('p', { class: 'question' }, turn.question)),
    lanes, panel);
  let views = {};

  function update(name) {
    views[name].update(turn.lanes[name]);
    const lane = turn.lanes.memory;
    if (name === 'memory' && lane.state === 'done' && lane.rap) panel.replaceChildren(evidencePanel(conversation, turn, actions));
  }

  /** Builds the lanes anew: at first, and when the question is asked again. */
  function restart() {
    const names = Object.keys(turn.lanes);
    views = Object.fromEntries(names.map((name) => [name, laneElement(name, names.length > 1, () => actions.askAgain(turn))]));
    lanes.className = `lanes${names.length > 1 ? ' compared' : ''}`;
    lanes.replaceChildren(...names.map((name) => views[name].element));
    panel.replaceChildren();
    names.forEach(update);
  }
  restart();
  return { element, update, restart, stages };
}
