// SPDX-License-Identifier: Apache-2.0
// Modal dialogs: labelled, focus kept inside and given back afterwards.
import { button, el, focusAgain, uniqueId } from './dom.js';
import { t } from './i18n.js';

/**
 * Opens a dialog. `kind` is "small", "wide" or "sheet". `mayClose` is asked before Escape, the close button or a
 * click beside it close the dialog. Gives {element, close()}; `onClose` runs afterwards in any case.
 */
export function openDialog({ title, body, footer = [], kind = 'small', mayClose = () => true, onClose = () => {} }) {
  const titleId = uniqueId('title');
  const opener = document.activeElement;
  const close = () => element.close();
  const ask = async () => { if (await mayClose()) close(); };
  const element = el('dialog', { class: `dialog ${kind}`, 'aria-labelledby': titleId },
    el('header', { class: 'dialog-head' },
      el('h2', { id: titleId }, title),
      button({ label: t('action.close'), iconName: 'close', kind: 'quiet', onclick: ask })),
    el('div', { class: 'dialog-body' }, body),
    footer.length > 0 && el('footer', { class: 'dialog-foot' }, footer),
    el('div', { class: 'notices' }), el('div', { class: 'announcer visually-hidden', role: 'status' }));
  element.addEventListener('cancel', (event) => {
    if (event.target !== element) return;  // a file chooser inside was cancelled
    event.preventDefault();
    ask();
  });
  // The second press of a double click may be the one that opened the dialog.
  element.addEventListener('mousedown', (event) => { if (event.target === element && event.detail < 2) ask(); });
  element.addEventListener('close', () => {
    element.remove();
    focusAgain(opener);
    onClose();
  });
  document.body.append(element);
  element.showModal();
  return { element, close };
}

/** Asks before something that cannot be taken back, or not easily. True = go on. */
export function confirmDialog({ title, text, action, danger = false }) {
  return new Promise((resolve) => {
    let agreed = false;
    const { close } = openDialog({
      title,
      body: el('p', {}, text),
      footer: [
        button({ text: t('action.cancel'), autofocus: true, onclick: () => close() }),
        button({ text: action, kind: danger ? 'danger' : 'primary', onclick: () => { agreed = true; close(); } }),
      ],
      onClose: () => resolve(agreed),
    });
  });
}

/** Asks before text that is not saved is thrown away. */
export const confirmDiscard = () => confirmDialog({ title: t('sheet.leave_title'), text: t('sheet.leave'), action: t('sheet.discard'), danger: true });
