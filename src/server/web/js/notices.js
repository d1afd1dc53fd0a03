// SPDX-License-Identifier: Apache-2.0
// What the page says in passing: aloud to screen readers, and as notes that go away by themselves.
import { ApiError } from './api.js';
import { button, el } from './dom.js';
import { t } from './i18n.js';

const kShownMs = 7000;

/** Says a text to screen readers without moving the focus. */
export function announce(text) {
  const region = document.getElementById('announcer');
  region.textContent = '';
  // Emptied first and filled later, so that the same text is said twice when it happens twice.
  setTimeout(() => { region.textContent = text; }, 50);
}

/** Shows a note, with at most one action. It stays while it is pointed at or holds the focus. */
export function notify(text, { action = null, onAction = null, kind = 'info' } = {}) {
  const note = el('div', { class: `notice ${kind}` }, el('p', {}, text));
  let timer = 0;
  const close = () => note.remove();
  const hold = () => clearTimeout(timer);
  const release = () => { timer = setTimeout(close, kShownMs); };
  if (action) note.append(button({ text: action, kind: 'quiet', onclick: () => { close(); onAction(); } }));
  note.append(button({ label: t('action.dismiss'), iconName: 'close', kind: 'quiet', onclick: close }));
  note.addEventListener('pointerenter', hold);
  note.addEventListener('pointerleave', release);
  note.addEventListener('focusin', hold);
  note.addEventListener('focusout', release);
  // A modal dialog makes the rest of the page inert, so a note has to stand inside it.
  const modal = [...document.querySelectorAll('dialog[open]')].at(-1);
  (modal?.querySelector('.notices') ?? document.getElementById('notices')).append(note);
  announce(text);
  release();
}

const kByStatus = {
  0: 'error.unreachable', 401: 'error.signed_out', 403: 'error.forbidden', 404: 'error.not_found', 409: 'error.conflict',
  412: 'error.stale', 413: 'error.too_large', 415: 'error.unsupported', 429: 'error.busy', 503: 'error.busy',
};

/** What went wrong, in words for people; the server's own words where they say more. */
export function errorText(error) {
  if (!(error instanceof ApiError)) return t('error.other', { detail: error.message });
  const key = kByStatus[error.status];
  if (!key) return t('error.other', { detail: error.message });
  const detail = [409, 413, 415].includes(error.status) && error.message ? ` ${error.message}` : '';
  return t(key) + detail;
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
