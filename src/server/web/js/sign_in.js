// SPDX-License-Identifier: Apache-2.0
// The way in: a key, once; afterwards a cookie that scripts cannot read.
import { currentSession, signIn } from './api.js';
import { button, el, field, setFieldError } from './dom.js';
import { t } from './i18n.js';
import { errorText } from './notices.js';

const brand = () => {
  const mark = document.querySelector('.brand-mark').cloneNode(true);
  return el('p', { class: 'gate-brand' }, mark, el('span', {}, 'rap'));
};

/** Asks for a key; resolves with the session. Signing in in another tab does as well. */
export function askForKey(place) {
  return new Promise((resolve) => {
    const elsewhere = ({ detail: session }) => session && enter(session);
    const enter = (session) => {
      window.removeEventListener('rap:session', elsewhere);
      place.replaceChildren();
      resolve(session);
    };
    const input = el('input', { type: 'password', required: true, autocomplete: 'current-password', spellcheck: 'false', placeholder: 'rap_…' });
    const submit = button({ text: t('gate.sign_in'), kind: 'primary', type: 'submit' });
    const form = el('form', { class: 'gate-form', novalidate: true }, field({ label: t('gate.key'), control: input, hint: t('gate.hint') }), submit);
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      submit.disabled = true;
      setFieldError(input, '');
      try {
        enter(await signIn(input.value.trim()));
      } catch (error) {
        setFieldError(input, error.status === 401 || error.status === 400 ? t('gate.wrong') : errorText(error));
        input.focus();
        input.select();
      } finally {
        submit.disabled = false;
      }
    });
    window.addEventListener('rap:session', elsewhere);
    place.replaceChildren(el('main', { class: 'gate' }, brand(), el('h1', {}, t('gate.title')), el('p', { class: 'gate-text' }, t('gate.text')), form));
    input.focus();
  });
}

/** Waits, with a button to try again, until the server answers who is signed in (null: nobody). */
export async function reachServer(place) {
  for (;;) {
    try {
      return await currentSession();
    } catch (error) {
      await new Promise((resolve) => {
        place.replaceChildren(el('main', { class: 'gate' }, brand(), el('h1', {}, t('gate.unreachable')), el('p', { class: 'gate-text' }, errorText(error)),
          button({ text: t('gate.retry'), kind: 'primary', onclick: resolve })));
      });
      place.replaceChildren();
    }
  }
}
