// SPDX-License-Identifier: Apache-2.0
// A photo with named boxes over it. Evidence appears on hover, on focus and on touch.
import { el, uniqueId } from './dom.js';
import { percent, t } from './i18n.js';
import { evidenceRows } from './recognition.js';

const area = (mark) => mark.box[2] * mark.box[3];

function evidenceCard(mark) {
  const candidates = mark.candidates ?? [mark];
  return candidates.map((match) => el('div', { class: 'evidence' },
    el('p', { class: 'evidence-name' }, el('strong', {}, match.name), el('span', {}, percent(match.probability))),
    el('dl', {}, evidenceRows(match.evidence).flatMap(([term, value]) => [el('dt', {}, term), el('dd', {}, value)]))));
}

/** Keeps the card inside the photo: to the left where it would stick out, above where there is no room below. */
function placeCard(stage, holder, card) {
  card.classList.remove('to-left', 'above');
  const frame = stage.getBoundingClientRect();
  if (card.getBoundingClientRect().right > Math.max(frame.right, holder.getBoundingClientRect().left + 40)) card.classList.add('to-left');
  if (card.getBoundingClientRect().bottom > window.innerHeight - 8) card.classList.add('above');
}

function markElement(stage, mark, kind, { width, height }) {
  const cardId = uniqueId('evidence');
  const card = el('div', { class: 'evidence-card', id: cardId, role: 'tooltip' },
    el('p', { class: 'evidence-kind' }, t(`mark.${kind}`)), evidenceCard(mark));
  const label = t(`mark.label.${kind}`, { name: mark.name, percent: percent(mark.probability) });
  const frame = el('button', { type: 'button', class: 'mark-frame', 'aria-label': label, 'aria-describedby': cardId },
    el('span', { class: 'mark-tag' }, el('span', { class: 'mark-name' }, mark.name), ' ', el('span', { class: 'mark-percent' }, percent(mark.probability))));
  const holder = el('div', { class: `mark ${kind}` }, frame, card);
  const [x, y, w, h] = mark.box;
  Object.assign(holder.style, {
    left: `${(100 * x) / width}%`, top: `${(100 * y) / height}%`, width: `${(100 * w) / width}%`, height: `${(100 * h) / height}%`,
  });
  if (y / height < 0.08) holder.classList.add('tag-inside');
  if ((x + w / 2) / width > 0.6) holder.classList.add('tag-right');
  const show = () => {
    holder.classList.add('is-open');
    placeCard(stage, holder, card);
  };
  const hide = () => holder.classList.remove('is-open');
  holder.addEventListener('pointerenter', show);
  holder.addEventListener('pointerleave', hide);
  holder.addEventListener('focusin', show);
  holder.addEventListener('focusout', hide);
  holder.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !holder.classList.contains('is-open')) return;
    event.preventDefault();
    hide();
  });
  return holder;
}

/** Shows a photo; `setMarks(sorted, size)` draws boxes over it: `sorted` as sorted() or splitAt() give it, null = none. */
export function photoStage(photo, { alt = photo.name } = {}) {
  const picture = photo.visible
    ? el('img', { src: photo.url, alt, width: photo.width, height: photo.height })
    : el('p', { class: 'no-picture' }, photo.name, el('small', {}, t('photo.no_preview')));
  const marks = el('div', { class: 'marks' });
  const element = el('div', { class: 'stage' }, picture, marks);

  function setMarks(sorted, size) {
    marks.replaceChildren();
    if (!sorted || !photo.visible || size.width === 0) return;
    const { accepted, doubts, rejected } = sorted;
    const all = [
      ...rejected.map((match) => [match, 'near']),
      ...doubts.map((doubt) => [doubt, 'doubt']),
      ...accepted.map((match) => [match, 'match']),
    ].filter(([mark]) => mark.box);
    // The smaller lies above the larger, so that each can be pointed at.
    all.sort(([a], [b]) => area(b) - area(a));
    marks.append(...all.map(([mark, kind]) => markElement(element, mark, kind, size)));
  }
  return { element, setMarks };
}
