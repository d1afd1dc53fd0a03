// SPDX-License-Identifier: Apache-2.0
// The form of a concept: name, category, info, aliases, attributes, consent.
import { button, el, field, setFieldError } from './dom.js';
import { t } from './i18n.js';

const kConsents = ['not-asked', 'given', 'refused'];

/** "Bo, Bobo ,," -> ["Bo", "Bobo"]; Chinese commas count as well. */
const parseAliases = (text) => text.split(/[,，、\n]/).map((alias) => alias.trim()).filter(Boolean);

function attributeRow(key, value, onChange, onRemove) {
  const keyInput = el('input', { type: 'text', value: key, maxlength: '100', placeholder: t('fields.attribute_key'), 'aria-label': t('fields.attribute_key'), oninput: onChange });
  const valueInput = el('input', { type: 'text', value, maxlength: '1000', placeholder: t('fields.attribute_value'), 'aria-label': t('fields.attribute_value'), oninput: onChange });
  const element = el('div', { class: 'attribute' }, keyInput, valueInput,
    button({ label: t('fields.attribute_remove'), iconName: 'close', kind: 'quiet', onclick: () => onRemove(row) }));
  const row = { element, keyInput, read: () => [keyInput.value.trim(), valueInput.value.trim()] };
  return row;
}

function attributeEditor(attributes, onChange) {
  const rows = [];
  const holder = el('div', { class: 'attributes' });
  const add = (key = '', value = '') => {
    const row = attributeRow(key, value, onChange, remove);
    rows.push(row);
    holder.append(row.element);
    return row;
  };
  function remove(row) {
    rows.splice(rows.indexOf(row), 1);
    row.element.remove();
    addButton.focus();
    onChange();
  }
  const addButton = button({ text: t('fields.attribute_add'), iconName: 'plus', kind: 'quiet small', onclick: () => add().keyInput.focus() });
  for (const [key, value] of Object.entries(attributes)) add(key, value);
  const element = el('fieldset', { class: 'field plain' }, el('legend', {}, t('fields.attributes')), holder, addButton);
  return { element, read: () => Object.fromEntries(rows.map((row) => row.read()).filter(([key]) => key)) };
}

const kEmpty = { name: '', aliases: [], category: '', info: '', attributes: {}, consent: 'not-asked' };

/**
 * Controls for a concept's text. `read()` gives what stands in them; `focusName()`; `showError(field, text)` says it at
 * the control and returns whether there is one. With `folded`, what is rarely needed starts out closed.
 */
export function conceptFields(values, { folded = false, onChange = () => {} } = {}) {
  const start = { ...kEmpty, ...values };
  const controls = {
    name: el('input', { type: 'text', value: start.name, required: true, maxlength: '100', autocomplete: 'off', oninput: onChange }),
    category: el('input', { type: 'text', value: start.category, maxlength: '100', autocomplete: 'off', placeholder: t('fields.category_example'), oninput: onChange }),
    info: el('textarea', { rows: '3', maxlength: '4000', placeholder: t('fields.info_example'), oninput: onChange }),
    aliases: el('input', { type: 'text', value: start.aliases.join(', '), autocomplete: 'off', oninput: onChange }),
    consent: el('select', { onchange: onChange }, kConsents.map((value) => el('option', { value, selected: value === start.consent }, t(`consent.${value}`)))),
  };
  controls.info.value = start.info;
  const attributes = attributeEditor(start.attributes, onChange);
  const rare = [
    field({ label: t('fields.aliases'), control: controls.aliases, hint: t('fields.aliases_hint') }),
    attributes.element,
    field({ label: t('fields.consent'), control: controls.consent, hint: t('fields.consent_hint') }),
  ];
  const element = el('div', { class: 'concept-fields' },
    field({ label: t('fields.name'), control: controls.name, className: 'name-field' }),
    field({ label: t('fields.category'), control: controls.category }),
    field({ label: t('fields.info'), control: controls.info }),
    folded ? el('details', {}, el('summary', {}, t('fields.more')), rare) : rare);

  return {
    element,
    read: () => ({
      name: controls.name.value.trim(),
      category: controls.category.value.trim(),
      info: controls.info.value.trim(),
      aliases: parseAliases(controls.aliases.value),
      attributes: attributes.read(),
      consent: controls.consent.value,
    }),
    focusName: () => controls.name.focus(),
    showError(name, text) {
      const control = controls[name.replace(/[.[].*$/, '')];
      if (!control) return false;
      setFieldError(control, text);
      const folder = control.closest('details');
      if (folder) folder.open = true;
      control.focus();
      return true;
    },
    clearErrors: () => Object.values(controls).forEach((control) => setFieldError(control, '')),
  };
}
