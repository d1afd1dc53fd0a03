// SPDX-License-Identifier: Apache-2.0
// Drawing a box on a photo, with the pointer or the keyboard.
import { button, el, uniqueId } from './dom.js';
import { percent, t } from './i18n.js';
import { announce } from './notices.js';

const kStep = 0.02;      // of the photo, for one key press
const kFineStep = 0.005; // with Alt
const kLeast = 0.03;     // a smaller box is a slip of the hand
const kCorners = ['nw', 'ne', 'sw', 'se'];
const kFirst = { x: 0.2, y: 0.2, width: 0.6, height: 0.6 };

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

function moved(box, dx, dy) {
  return { ...box, x: clamp(box.x + dx, 0, 1 - box.width), y: clamp(box.y + dy, 0, 1 - box.height) };
}

function grown(box, dx, dy) {
  return { ...box, width: clamp(box.width + dx, kLeast, 1 - box.x), height: clamp(box.height + dy, kLeast, 1 - box.y) };
}

function between(a, b) {
  return { x: Math.min(a.x, b.x), y: Math.min(a.y, b.y), width: Math.abs(a.x - b.x), height: Math.abs(a.y - b.y) };
}

function opposite(box, corner) {
  return { x: corner.includes('w') ? box.x + box.width : box.x, y: corner.includes('n') ? box.y + box.height : box.y };
}

/** A box in fractions as [x, y, width, height] in pixels of the photo. */
function toPixels(box, photo) {
  const x = Math.round(box.x * photo.width);
  const y = Math.round(box.y * photo.height);
  return [x, y, clamp(Math.round(box.width * photo.width), 1, photo.width - x), clamp(Math.round(box.height * photo.height), 1, photo.height - y)];
}

function toFractions([x, y, width, height], photo) {
  return { x: x / photo.width, y: y / photo.height, width: width / photo.width, height: height / photo.height };
}

/** An editor over `photo`. `box` is what it starts with (pixels, or null = whole photo); onChange gets the same form. */
export function boxEditor(photo, { box: start = null, onChange }) {
  let box = start ? toFractions(start, photo) : null;
  const helpId = uniqueId('help');
  const handles = kCorners.map((corner) => el('span', { class: `handle ${corner}`, 'data-corner': corner }));
  const frame = el('div', { class: 'crop' }, handles);
  const surface = el('div', { class: 'crop-surface', role: 'application', tabindex: '0', 'aria-label': t('box.label', { photo: photo.name }), 'aria-describedby': helpId },
    el('img', { src: photo.url, alt: '', draggable: 'false', width: photo.width, height: photo.height }), frame);
  const whole = button({ text: t('box.whole'), kind: 'quiet small', onclick: () => { change(null); surface.focus(); } });
  const element = el('div', { class: 'box-editor' }, surface,
    el('div', { class: 'box-help' }, el('p', { class: 'hint', id: helpId }, el('span', { class: 'for-pointer' }, t('box.pointer_help')), ' ', el('span', { class: 'for-keys' }, t('box.key_help'))), whole));

  function render() {
    surface.classList.toggle('has-box', box !== null);
    whole.disabled = box === null;
    if (!box) return;
    Object.assign(frame.style, { left: `${100 * box.x}%`, top: `${100 * box.y}%`, width: `${100 * box.width}%`, height: `${100 * box.height}%` });
  }

  function change(next) {
    box = next;
    render();
    onChange(box ? toPixels(box, photo) : null);
  }

  function say() {
    announce(box
      ? t('box.state', { x: percent(box.x), y: percent(box.y), width: percent(box.width), height: percent(box.height) })
      : t('box.state_whole'));
  }

  const at = (event) => {
    const bounds = surface.getBoundingClientRect();
    return { x: clamp((event.clientX - bounds.left) / bounds.width, 0, 1), y: clamp((event.clientY - bounds.top) / bounds.height, 0, 1) };
  };

  /** What moving the pointer does, from where it went down: resize, move, or draw anew. */
  function gesture(event) {
    const from = at(event);
    const { corner } = event.target.dataset;
    if (box && corner) {
      const fixed = opposite(box, corner);
      return (point) => between(fixed, point);
    }
    if (box && event.target === frame) {
      const before = box;
      return (point) => moved(before, point.x - from.x, point.y - from.y);
    }
    return (point) => between(from, point);
  }

  surface.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    surface.focus({ preventScroll: true });
    surface.setPointerCapture(event.pointerId);
    const before = box;
    const shape = gesture(event);
    const isSame = (later) => later.pointerId === event.pointerId;  // other fingers do nothing
    const move = (later) => { if (isSame(later)) change(shape(at(later))); };
    const end = (later) => {
      if (!isSame(later)) return;
      surface.removeEventListener('pointermove', move);
      surface.removeEventListener('pointerup', end);
      surface.removeEventListener('pointercancel', end);
      if (box && (box.width < kLeast || box.height < kLeast)) change(before);
      say();
    };
    surface.addEventListener('pointermove', move);
    surface.addEventListener('pointerup', end);
    surface.addEventListener('pointercancel', end);
  });

  surface.addEventListener('keydown', (event) => {
    const step = event.altKey ? kFineStep : kStep;
    const direction = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (direction) {
      const shape = event.shiftKey ? grown : moved;
      change(box ? shape(box, ...direction) : kFirst);
    } else if (event.key === 'Enter' && !box) {
      change(kFirst);
    } else if ((event.key === 'Delete' || event.key === 'Backspace') && box) {
      change(null);
    } else {
      return;
    }
    event.preventDefault();
    say();
  });

  render();
  return { element, surface };
}
