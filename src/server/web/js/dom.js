// SPDX-License-Identifier: Apache-2.0
// Making elements. Text is always a text node, so names and descriptions can never become markup.

const kSvg = 'http://www.w3.org/2000/svg';

function setAttribute(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
  else if (name === 'value' || name === 'checked' || name === 'indeterminate') node[name] = value;
  else node.setAttribute(name, value === true ? '' : value);
}

/**
 * Makes an element. Attributes that are null or false are left out; `on…` are listeners. Children are nodes,
 * text, or lists of lists of both; null and false are left out.
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** An icon of icons.svg, hidden from screen readers: what it stands beside says it in words. */
export function icon(name) {
  const svg = document.createElementNS(kSvg, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(kSvg, 'use');
  use.setAttribute('href', `/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

let lastId = 0;

/** An id that no other element of the page has. */
export function uniqueId(prefix = 'id') {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

/** A button with an icon, a text or both. `label` is its name where it shows no text. */
export function button({ text = null, label = null, iconName = null, kind = 'plain', type = 'button', ...rest }) {
  const attributes = { type, class: `button ${kind}${text ? '' : ' icon-only'}`, 'aria-label': label, ...rest };
  if (!text && label) attributes.title = label;
  return el('button', attributes, iconName && icon(iconName), text && el('span', {}, text));
}

/** A button that opens the file chooser and hands over what was chosen. */
export function fileButton({ accept, multiple = true, folder = false, onFiles, ...rest }) {
  const input = el('input', {
    type: 'file', class: 'visually-hidden', tabindex: '-1', 'aria-hidden': 'true', accept, multiple, webkitdirectory: folder,
    onchange: () => {
      const files = [...input.files];
      input.value = '';
      if (files.length > 0) onFiles(files);
    },
  });
  return el('span', { class: 'file-button' }, button({ ...rest, onclick: () => input.click() }), input);
}

/** A labelled form control. Gives the wrapping element; `hint` and a later error are tied to the control. */
export function field({ label, control, hint = null, className = '' }) {
  control.id ||= uniqueId('field');
  const hintId = `${control.id}-hint`;
  const errorId = `${control.id}-error`;
  control.setAttribute('aria-describedby', `${hint ? `${hintId} ` : ''}${errorId}`);
  return el('div', { class: `field ${className}` },
    el('label', { for: control.id }, label), control,
    hint && el('p', { class: 'hint', id: hintId }, hint),
    el('p', { class: 'error', id: errorId, role: 'alert' }));
}

/** Says under a control what is wrong with its value; empty text takes that back. */
export function setFieldError(control, text) {
  document.getElementById(`${control.id}-error`)?.replaceChildren(text);
  if (text) control.setAttribute('aria-invalid', 'true');
  else control.removeAttribute('aria-invalid');
}

/** An on/off switch with its label beside it. */
export function switchControl({ label, checked, onchange, disabled = false, hint = null }) {
  const input = el('input', { type: 'checkbox', role: 'switch', checked, disabled, onchange: () => onchange(input.checked) });
  const hintId = uniqueId('hint');
  if (hint) input.setAttribute('aria-describedby', hintId);
  return el('div', { class: 'switch' }, el('label', {}, input, el('span', {}, label)), hint && el('p', { class: 'hint', id: hintId }, hint));
}

/** Dialogs that are open, the topmost last. */
export const openDialogs = () => [...document.querySelectorAll('dialog[open]')];

/** Where something is said or shown: a modal dialog makes the rest of the page inert, for screen readers too. */
export const topmost = () => openDialogs().at(-1) ?? document.body;

/** Gives the focus back to `node`, or where that is no longer seen, to what lies on top. */
export function focusAgain(node) {
  (node?.checkVisibility() ? node : topmost().querySelector('#main, .dialog-head button')).focus();
}

/** Calls `action` once, `ms` after the last call. */
export function debounce(ms, action) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), ms);
  };
}

/** `action`, but not again while it is under way: a double click does a thing once. */
export function once(action) {
  let isRunning = false;
  return async (...values) => {
    if (isRunning) return;
    isRunning = true;
    try {
      await action(...values);
    } finally {
      isRunning = false;
    }
  };
}

/** Offers bytes as a download. */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = el('a', { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
