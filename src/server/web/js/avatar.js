// SPDX-License-Identifier: Apache-2.0
// A concept's picture, or its first letter where it has none.
import { pictureUrl } from './api.js';
import { el } from './dom.js';

/** A stable hue, so that a concept without a picture keeps its colour. */
function hueOf(text) {
  let hash = 0;
  for (const letter of text) hash = (hash * 31 + letter.codePointAt(0)) % 360;
  return hash;
}

/** The avatar of a concept; decorative, since the name always stands beside it. `side` is its size in CSS pixels. */
export function avatar(subject, side) {
  if (subject.avatar) {
    const pixels = Math.min(2048, Math.ceil(side * Math.min(window.devicePixelRatio, 2)));
    return el('img', { class: 'avatar', src: pictureUrl(subject.id, subject.avatar, pixels), alt: '', loading: 'lazy', decoding: 'async' });
  }
  const letter = el('span', { class: 'avatar letter', 'aria-hidden': 'true' }, [...subject.name][0] ?? '?');
  letter.style.setProperty('--hue', hueOf(subject.id));
  return letter;
}
