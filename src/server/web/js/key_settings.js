// SPDX-License-Identifier: Apache-2.0
// Keys of the API: list, create (shown once), revoke.
import { createKey, listKeys, revokeKey } from './api.js';
import { confirmDialog, openDialog } from './dialog.js';
import { button, el, field, once, setFieldError, uniqueId } from './dom.js';
import { date, list, t, tn } from './i18n.js';
import { announce, attempt, notify } from './notices.js';

const kScopeSets = { read: ['read'], write: ['read', 'write'], admin: ['read', 'write', 'admin'] };
const kLifetimesDays = [30, 90, 365, null];

/** Shows a new key, the only time that it can be seen. */
function showKey(made) {
  let isCopied = false;
  const value = el('input', { type: 'text', readonly: true, value: made.key, class: 'key-value', 'aria-label': t('keys.value'), onfocus: () => value.select(), oncopy: () => { isCopied = true; } });
  const copy = button({ text: t('keys.copy'), iconName: 'copy', kind: 'primary', onclick: async () => {
    value.select();
    try {
      await navigator.clipboard.writeText(made.key);
    } catch {
      // Without TLS browsers refuse the clipboard; the key is selected, so that it can be copied by hand.
      notify(t('keys.copy_by_hand'));
      return;
    }
    isCopied = true;
    copy.lastChild.textContent = t('keys.copied');
    announce(t('keys.copied'));
  } });
  openDialog({
    title: t('keys.made', { name: made.name }),
    body: [el('p', {}, t('keys.once')), el('div', { class: 'row key-row' }, value, copy)],
    mayClose: () => isCopied || confirmDialog({ title: t('keys.leave_title'), text: t('keys.leave'), action: t('action.close'), danger: true }),
  });
  copy.focus();
}

function openCreate(onMade) {
  const name = el('input', { type: 'text', required: true, maxlength: '100', autocomplete: 'off' });
  const scopes = el('select', {}, Object.keys(kScopeSets).map((scope) => el('option', { value: scope }, t(`scope.${scope}_long`))));
  const days = el('select', {}, kLifetimesDays.map((each) => el('option', { value: each ?? '', selected: each === 365 }, each === null ? t('keys.never') : tn('keys.days', each))));
  const form = el('form', { id: uniqueId('form'), novalidate: true },
    field({ label: t('keys.name'), control: name, hint: t('keys.name_hint') }), field({ label: t('keys.may'), control: scopes }), field({ label: t('keys.expires'), control: days }));
  const create = once(() => attempt(async () => {
    const made = await createKey({ name: name.value.trim(), scopes: kScopeSets[scopes.value], ...(days.value && { expires_in_days: Number(days.value) }) });
    close();
    await onMade(made);
  }));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (name.value.trim()) return create();
    setFieldError(name, t('add.name_missing'));
    name.focus();
  });
  const { close } = openDialog({ title: t('keys.create'), body: form, footer: [button({ text: t('keys.create'), kind: 'primary', type: 'submit', form: form.id })] });
  name.focus();
}

function keyState(key) {
  if (key.revoked) return t('keys.revoked');
  if (key.expires && new Date(key.expires) < new Date()) return t('keys.expired');
  return key.expires ? t('keys.until', { date: date(key.expires) }) : t('keys.unlimited');
}

export function keySettings() {
  const rows = el('ul', { class: 'keys' });
  const make = button({ text: t('keys.create'), iconName: 'plus', onclick: () => openCreate((made) => { showKey(made); return load(); }) });
  const element = el('div', {}, el('p', { class: 'hint' }, t('keys.hint')), rows, make);

  async function revoke(key) {
    const agreed = await confirmDialog({ title: t('keys.revoke_title', { name: key.name }), text: t('keys.revoke_text'), action: t('keys.revoke'), danger: true });
    if (!agreed) return;
    await attempt(async () => {
      await revokeKey(key.id);
      await load();
      if (document.activeElement === document.body) make.focus();  // the row's own button is gone
      notify(t('keys.gone', { name: key.name }));
    });
  }

  function row(key) {
    const used = key.last_used ? t('keys.used', { date: date(key.last_used) }) : t('keys.unused');
    return el('li', { class: key.revoked ? 'key revoked' : 'key' },
      el('div', {}, el('p', { class: 'key-name' }, key.name), el('p', { class: 'hint' }, [list(key.scopes.map((scope) => t(`scope.${scope}`))), keyState(key), used].join(' · '))),
      !key.revoked && button({ text: t('keys.revoke'), kind: 'danger-quiet small', 'aria-label': t('keys.revoke_title', { name: key.name }), onclick: () => revoke(key) }));
  }

  async function load() {
    const keys = await listKeys();
    rows.replaceChildren(...keys.map(row));
    rows.hidden = keys.length === 0;
  }
  return { element, load };
}
