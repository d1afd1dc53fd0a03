// SPDX-License-Identifier: Apache-2.0
// The page's words in the user's language.
import en from './i18n/en.js';
import zh from './i18n/zh.js';

/** Every language the page speaks: its tag, its own name, its words. */
export const languages = { en: { name: 'English', words: en }, zh: { name: '中文', words: zh } };

const kStored = 'rap.language';

function preferred() {
  const stored = localStorage.getItem(kStored);
  if (stored in languages) return stored;
  const fits = navigator.languages.map((tag) => tag.split('-')[0]).find((tag) => tag in languages);
  return fits ?? 'en';
}

let current = preferred();

export const language = () => current;

/** Whether the browser's language holds (null) or a chosen one. */
export const chosenLanguage = () => localStorage.getItem(kStored);

/** Chooses a language, or with null the browser's. */
export function setLanguage(tag) {
  if (tag) localStorage.setItem(kStored, tag);
  else localStorage.removeItem(kStored);
  current = preferred();
}

/** The text of `key`, with `{name}` replaced by values. */
export function t(key, values = {}) {
  const text = languages[current].words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** The text of `key.one` or `key.other`, whichever the language uses for `n`. */
export function tn(key, n, values = {}) {
  const form = new Intl.PluralRules(current).select(n) === 'one' ? 'one' : 'other';
  return t(`${key}.${form}`, { n: number(n), ...values });
}

export const number = (value) => new Intl.NumberFormat(current).format(value);

/** 0.9274 -> "93 %". Never rounds up to certainty. */
export const percent = (value) =>
  new Intl.NumberFormat(current, { style: 'percent', maximumFractionDigits: value > 0.99 && value < 1 ? 1 : 0, roundingMode: 'floor' }).format(value);

/** 0.005 -> "0.5 %": of a number that somebody chose. */
export const exactPercent = (value) => new Intl.NumberFormat(current, { style: 'percent', maximumFractionDigits: 1 }).format(value);

export const dateTime = (value) => new Intl.DateTimeFormat(current, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(value));
export const date = (value) => new Intl.DateTimeFormat(current, { dateStyle: 'medium' }).format(new Date(value));
export const list = (values, type = 'conjunction') => new Intl.ListFormat(current, { type }).format(values);

/** Puts the words of `data-i18n` and `data-i18n-label` into the elements under `root`. */
export function translate(root) {
  for (const node of root.querySelectorAll('[data-i18n]')) node.textContent = t(node.dataset.i18n);
  for (const node of root.querySelectorAll('[data-i18n-label]')) node.setAttribute('aria-label', t(node.dataset.i18nLabel));
}
