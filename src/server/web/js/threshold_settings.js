// SPDX-License-Identifier: Apache-2.0
// The threshold, with a photo that shows live what it lets through.
import { recognize } from './api.js';
import { debounce, el, field, fileButton, uniqueId } from './dom.js';
import { exactPercent, percent, t } from './i18n.js';
import { announce, attempt, notify } from './notices.js';
import { photoStage } from './photo_stage.js';
import { acceptDrops, chosenPhotos, kPhotoTypes, openAskedPhoto } from './photos.js';
import { isEmpty, splitAt } from './recognition.js';

const kRates = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1];
const kSaveAfterMs = 600;

/** Dots on the slider's own axis: where each considered concept stands. */
function dot(match, accepted) {
  const element = el('span', { class: `dot ${accepted ? 'match' : 'near'}`, title: `${match.name} ${percent(match.probability)}` });
  element.style.setProperty('--at', match.probability);
  return element;
}

/** `save(patch)` stores a setting. `show(settings)` follows the stored ones; `destroy()` frees the photo. */
export function thresholdSettings({ save, canWrite }) {
  let threshold = 0.5;
  let rate = null;
  let isMoving = false;  // the slider, ahead of what is stored
  let recognition = null;
  let chosen = null;
  let photo = null;
  let stage = null;
  let asked = new AbortController();

  const axis = el('div', { class: 'axis', 'aria-hidden': 'true' });
  const slider = el('input', { type: 'range', min: '0', max: '1', step: '0.01', class: 'threshold-slider', oninput: () => { threshold = Number(slider.value); isMoving = true; saveLater(); renderPicture(); } });
  const value = el('output', { class: 'threshold-value', for: (slider.id = uniqueId('threshold')) });
  const saveLater = debounce(kSaveAfterMs, () => {
    isMoving = false;
    save({ threshold });
  });
  const rateSelect = el('select', { onchange: () => save({ max_false_rate: rateSelect.value === '' ? null : Number(rateSelect.value) }) });
  const picture = el('div', { class: 'threshold-picture' });
  const results = el('div', { class: 'threshold-results' });
  const sayResult = debounce(400, () => announce(results.textContent));

  async function look([found]) {
    if (!found) return notify(t('photo.none'), { kind: 'bad' });
    chosen = found;
    const opened = await openAskedPhoto(found.file);
    if (chosen !== found) return opened.release();  // another was chosen meanwhile
    photo?.release();
    photo = opened;
    stage = photoStage(photo);
    recognition = null;
    renderPicture();
    await ask();
  }

  /** Looks at the photo. An answer to an earlier question, which may come later, is not waited for. */
  async function ask() {
    asked.abort();
    if (!photo) return;
    asked = new AbortController();
    const { signal } = asked;
    picture.setAttribute('aria-busy', 'true');
    await attempt(async () => { recognition = await recognize(await photo.dataUri(), { signal }); });
    if (signal.aborted) return;
    picture.removeAttribute('aria-busy');
    renderPicture();
  }

  const chooser = (text, kind) => fileButton({ text, iconName: 'photo', kind, multiple: false, accept: kPhotoTypes, onFiles: (files) => look(chosenPhotos(files)) });

  /** With a largest false rate the server chooses the threshold, and says which in its answer. */
  const inForce = () => (rate !== null && recognition?.threshold !== undefined ? recognition.threshold : threshold);

  function resultList(title, kind, marks) {
    return marks.length > 0 && el('div', { class: 'result-group' }, el('h4', {}, title),
      el('ul', {}, marks.map((mark) => el('li', { class: kind }, el('span', { class: 'seen-mark', 'aria-hidden': 'true' }), mark.name, ' ', el('span', { class: 'seen-percent' }, percent(mark.probability))))));
  }

  function renderPicture() {
    value.textContent = exactPercent(inForce());
    slider.setAttribute('aria-valuetext', exactPercent(inForce()));
    if (!photo) {
      picture.replaceChildren(el('div', { class: 'drop-target' }, el('p', { class: 'drop-title' }, t('threshold.try')), chooser(t('threshold.choose'), 'plain')));
      results.replaceChildren();
      axis.replaceChildren();
      return;
    }
    if (!picture.contains(stage.element)) {
      const hadFocus = picture.contains(document.activeElement);
      const another = chooser(t('threshold.another'), 'quiet small');
      picture.replaceChildren(stage.element, another);
      if (hadFocus) another.querySelector('button').focus();
    }
    if (!recognition) {
      results.replaceChildren(el('p', { class: 'hint' }, t('threshold.looking')));
      return;
    }
    const split = splitAt(recognition, inForce());
    stage.setMarks(split, recognition);
    axis.replaceChildren(...split.accepted.map((match) => dot(match, true)), ...split.rejected.map((match) => dot(match, false)));
    results.replaceChildren(...(isEmpty(recognition) ? [el('p', { class: 'hint' }, t('seen.nothing'))] : [
      resultList(t('threshold.accepted'), 'match', split.accepted),
      resultList(t('threshold.doubts'), 'doubt', split.doubts),
      resultList(t('threshold.rejected'), 'near', split.rejected),
    ].filter(Boolean)));
    sayResult();
  }

  function show(settings) {
    const changed = rate !== settings.max_false_rate;
    rate = settings.max_false_rate;
    // An answer about an earlier position must not take the slider out of the user's hand.
    if (!isMoving) ({ threshold } = settings);
    slider.value = threshold;
    slider.disabled = rate !== null;
    const rates = rate === null || kRates.includes(rate) ? kRates : [...kRates, rate].sort((a, b) => a - b);
    rateSelect.replaceChildren(el('option', { value: '', selected: rate === null }, t('threshold.by_hand')),
      ...rates.map((each) => el('option', { value: each, selected: each === rate }, t('threshold.rate', { rate: exactPercent(each) }))));
    if (changed) ask();
    renderPicture();
  }

  const element = el('div', { class: 'threshold' },
    el('div', { class: 'threshold-controls' },
      el('div', { class: 'field' }, el('div', { class: 'threshold-head' }, el('label', { for: slider.id }, t('threshold.label')), value),
        el('div', { class: 'threshold-track' }, axis, slider),
        el('div', { class: 'threshold-ends', 'aria-hidden': 'true' }, el('span', {}, t('threshold.low')), el('span', {}, t('threshold.high')))),
      field({ label: t('threshold.rate_label'), control: rateSelect, hint: t('threshold.rate_hint') }),
      results),
    picture);
  if (canWrite) acceptDrops(picture, look);
  const destroy = () => {
    asked.abort();
    chosen = null;
    photo?.release();
  };
  return { element, show, destroy };
}
