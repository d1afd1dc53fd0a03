// SPDX-License-Identifier: Apache-2.0
// What the page says in passing: aloud to screen readers, and as notes that go away by themselves.
import { ApiError } from './api.js';
import { button, el, focusAgain, topmost } from './dom.js';
import { number, t } from './i18n.js';

const kShownMs = 7000;

/** Says a text to screen readers without moving the focus. */
export function announce(text) {
  const region = topmost().querySelector(':scope > .announcer');
  region.textContent = '';
  // Emptied first and filled later, so that the same text is said twice when it happens twice.
  setTimeout(() => { region.textContent = text; }, 50);
}

/** Shows a note, with at most one action. It stays while it is pointed at or holds the focus. */
export function notify(text, { action = null, onAction = null, kind = 'info' } = {}) {
  const note = el('div', { class: `notice ${kind}` }, el('p', {}, text));
  let timer = 0;
  let cameFrom = null;  // what had the focus before it came here
  function close() {
    const hadFocus = note.contains(document.activeElement);
    note.remove();
    if (hadFocus) focusAgain(cameFrom);
  }
  function stay() {
    clearTimeout(timer);
    timer = setTimeout(() => (note.matches(':hover, :focus-within') ? stay() : close()), kShownMs);
  }
  if (action) note.append(button({ text: action, kind: 'quiet', onclick: () => { close(); onAction(); } }));
  note.append(button({ label: t('action.dismiss'), iconName: 'close', kind: 'quiet', onclick: close }));
  note.addEventListener('pointerleave', stay);
  note.addEventListener('focusin', ({ relatedTarget }) => { if (!note.contains(relatedTarget)) cameFrom = relatedTarget; });
  note.addEventListener('focusout', stay);
  topmost().querySelector(':scope > .notices').append(note);
  announce(text);
  stay();
}

const kByStatus = {
  0: 'error.unreachable', 401: 'error.signed_out', 403: 'error.forbidden', 404: 'error.not_found', 409: 'error.conflict',
  412: 'error.stale', 413: 'error.too_large', 415: 'error.unsupported', 429: 'error.busy', 503: 'error.unavailable',
};
const kByCode = { conflict: 'error.conflict', too_large: 'error.too_large', corrupt: 'error.unsupported', not_newest: 'error.not_newest' };

/** Those that the server's own words say more about. */
const kWithDetail = ['error.conflict', 'error.too_large', 'error.unsupported', 'error.unavailable'];

function keyOf(error) {
  if (!(error instanceof ApiError)) return null;
  if (error.code === 'unsupported' && error.field.endsWith('photo')) return 'error.unsupported';
  return kByStatus[error.status] ?? kByCode[error.code] ?? null;
}

/** The server's words as a sentence of their own. */
const asSentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** What went wrong, in words for people; with the server's own words where they say more. */
export function errorText(error) {
  const key = keyOf(error);
  if (!key) return t('error.other', { detail: error.message });
  if (key === 'error.busy' && error.retryAfter > 1) return t('error.busy_for', { seconds: number(Math.ceil(error.retryAfter)) });
  return kWithDetail.includes(key) ? `${t(key)} ${asSentence(error.message)}` : t(key);
}

/** Runs `action`; what it throws becomes a note. True when it went well. */
export async function attempt(action) {
  try {
    await action();
    return true;
  } catch (error) {
    if (error.name !== 'AbortError') notify(errorText(error), { kind: 'bad' });
    return false;
  }
}
