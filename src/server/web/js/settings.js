// SPDX-License-Identifier: Apache-2.0
// The Settings tab.
import { getSettings, patchSettings, signOut } from './api.js';
import { el, button, field, icon, switchControl } from './dom.js';
import { chosenLanguage, languages, list, t, tn } from './i18n.js';
import { keySettings } from './key_settings.js';
import { attempt, notify } from './notices.js';
import { applyTheme, chosenTheme, themes } from './theme.js';
import { thresholdSettings } from './threshold_settings.js';

function section(title, ...children) {
  return el('section', { class: 'setting' }, el('h2', {}, title), children);
}

function modelChoice(settings, save) {
  const control = el('select', { id: 'settings-model', onchange: () => save({ model: control.value }) },
    settings.models.map((name) => el('option', { value: name, selected: name === settings.model }, name)));
  return field({ label: t('settings.model'), control, hint: t('settings.model_hint') });
}

function faces({ faces: state }, save) {
  const hint = !state.available ? t('faces.unavailable') : state.on ? tn('faces.state', state.people, { with: state.with_template }) : t('faces.hint');
  // What was switched on before the face model went can still be switched off.
  const disabled = !state.available && !state.on;
  const control = switchControl({ label: t('faces.label'), checked: state.on, disabled, hint, onchange: (on) => save({ faces: on }) });
  control.querySelector('input').id = 'settings-faces';
  return control;
}

function egress({ egress: state }) {
  if (!state.remote) {
    return el('div', { class: 'egress local' }, icon('lock'), el('div', {}, el('p', { class: 'egress-title' }, t('egress.local')), el('p', {}, t('egress.local_text'))));
  }
  const kinds = ['photos', 'names', 'info'];
  const words = (wanted) => kinds.filter((kind) => state[kind] === wanted).map((kind) => t(`egress.${kind}`));
  const leaves = words(true);
  const stays = words(false);
  return el('div', { class: 'egress remote' }, icon('cloud'), el('div', {},
    el('p', { class: 'egress-title' }, t('egress.remote')),
    el('p', {}, leaves.length > 0 ? t('egress.leaves', { what: list([t('egress.questions'), ...leaves]) }) : t('egress.only_questions')),
    stays.length > 0 && el('p', {}, t('egress.stays', { what: list(stays) })),
    el('p', { class: 'hint' }, t('egress.where'))));
}

function choice(label, options, chosen, onchange) {
  const control = el('select', { onchange: () => onchange(control.value || null) },
    options.map(([value, text]) => el('option', { value: value ?? '', selected: value === chosen }, text)));
  return field({ label, control });
}

/** `app` = {languageChanged(), signedOut()}. */
export function createSettingsView(session, app) {
  const canWrite = session.scopes.includes('write');
  const holder = el('div', { class: 'settings' });
  let threshold = null;
  let stored = null;
  let waiting = 0;
  let queue = Promise.resolve();

  /** Asks for or changes what is stored, after those that asked before. What it then is, is shown, saved or not. */
  async function follow(ask) {
    waiting += 1;
    const answered = queue.then(() => attempt(async () => { stored = await ask(); }));
    queue = answered;
    const isWell = await answered;
    waiting -= 1;
    // A choice that waits to be saved must not be taken back by the answer before.
    if (stored && waiting === 0) render(stored);
    return isWell;
  }

  const save = async (patch) => (await follow(() => patchSettings(patch))) && notify(t('settings.saved'));

  const appearance = () => section(t('settings.appearance'), el('div', { class: 'pair' },
    choice(t('settings.language'), [[null, t('settings.language_auto')], ...Object.entries(languages).map(([tag, { name }]) => [tag, name])], chosenLanguage(), app.languageChanged),
    choice(t('settings.theme'), [[null, t('theme.auto')], ...themes.map((name) => [name, t(`theme.${name}`)])], chosenTheme(), applyTheme)));

  const account = () => section(t('settings.account'),
    el('p', {}, t('settings.signed_in', { owner: session.owner })),
    el('p', { class: 'hint' }, t('settings.scopes', { scopes: list(session.scopes.map((scope) => t(`scope.${scope}`))) })),
    button({ text: t('settings.sign_out'), onclick: () => attempt(async () => { await signOut(); app.signedOut(); }) }));

  function render(settings) {
    const focused = document.activeElement?.id;
    threshold ??= thresholdSettings({ save, canWrite });
    threshold.show(settings);
    const recognition = section(t('settings.recognition'), threshold.element, faces(settings, save));
    const model = section(t('settings.answers'), modelChoice(settings, save));
    if (!canWrite) recognition.inert = model.inert = true;
    holder.replaceChildren(recognition, model,
      section(t('egress.title'), egress(settings)),
      ...(session.scopes.includes('admin') ? [section(t('keys.title'), keys.element)] : []),
      appearance(), account(),
      el('p', { class: 'version' }, t('settings.version', { version: settings.version })));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  const keys = keySettings();
  const element = el('section', { class: 'page settings-page' }, el('header', { class: 'page-head' }, el('h1', {}, t('nav.settings'))), holder);
  async function shown() {
    const isWell = await follow(getSettings);
    if (isWell && session.scopes.includes('admin')) await attempt(keys.load);
  }
  return { element, shown, destroy: () => threshold?.destroy() };
}
