// SPDX-License-Identifier: Apache-2.0
// Starts the page: who is signed in, which tab is shown, in which language.
import { isSameSession } from './api.js';
import { createChatView } from './chat.js';
import { Conversation } from './conversation.js';
import { openDialogs } from './dom.js';
import { language, setLanguage, t, translate } from './i18n.js';
import { createLibraryView } from './library.js';
import { LibraryRun } from './library_run.js';
import { createMemoryView } from './memory.js';
import { createSettingsView } from './settings.js';
import { askForKey, reachServer } from './sign_in.js';

const app = document.getElementById('app');
const main = document.getElementById('main');
const gate = document.getElementById('gate');

const kTabs = ['memory', 'chat', 'library', 'settings'];
const kFirstTab = 'memory';

/** What outlives a change of language: an answer or a run that is under way goes on. */
const lasting = {
  chat: { conversation: new Conversation(), draft: { photos: [], text: '', compare: false, opening: Promise.resolve() } },
  library: { run: new LibraryRun() },
};

let session = null;
let views = {};

function createView(tab) {
  switch (tab) {
    case 'chat': return createChatView(session, lasting.chat);
    case 'library': return createLibraryView(session, lasting.library);
    case 'settings': return createSettingsView(session, { languageChanged, signedOut: startOver });
    default: return createMemoryView(session);
  }
}

const currentTab = () => {
  const tab = location.hash.slice(1);
  return kTabs.includes(tab) ? tab : kFirstTab;
};

/** Shows the tab of the address. `moveFocus`: to the content, so that a screen reader reads on there. */
function showTab({ moveFocus }) {
  const tab = currentTab();
  views[tab] ??= createView(tab);
  main.replaceChildren(views[tab].element);
  for (const link of document.querySelectorAll('[data-tab]')) {
    if (link.dataset.tab === tab) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${t(`nav.${tab}`)} · rap`;
  window.scrollTo({ top: 0 });
  views[tab].shown();
  if (moveFocus) main.focus({ preventScroll: true });
}

function discardViews() {
  Object.values(views).forEach((view) => view.destroy());
  views = {};
}

function applyLanguage() {
  document.documentElement.lang = language();
  translate(document.body);
}

function languageChanged(tag) {
  setLanguage(tag);
  applyLanguage();
  discardViews();
  showTab({ moveFocus: true });
}

function enter(signedIn, { moveFocus }) {
  session = signedIn;
  document.getElementById('owner').textContent = session.owner;
  app.hidden = false;
  showTab({ moveFocus });
}

/** Nothing that one owner had before them may be left for another. */
const startOver = () => location.reload();

function reopen(dialog) {
  document.body.append(dialog);
  dialog.open = false;  // out of the document it ceased to be modal
  dialog.showModal();
}

/** Shows nothing but the way in. What is open and under way is set aside for whoever was here, if they sign in again. */
async function askToSignIn() {
  if (app.hidden) return;
  app.hidden = true;
  const dialogs = openDialogs();
  [...dialogs, ...main.children].forEach((node) => node.remove());
  const signedIn = await askForKey(gate);
  if (!isSameSession(signedIn, session)) return startOver();
  enter(signedIn, { moveFocus: true });
  dialogs.filter((dialog) => dialog.open).forEach(reopen);
}

/** The tab follows the address; while a dialog is open, that is what Back closes. */
function addressChanged({ oldURL }) {
  const dialog = openDialogs().at(-1);
  if (!dialog) return showTab({ moveFocus: true });
  history.pushState(null, '', oldURL);
  dialog.dispatchEvent(new Event('cancel', { cancelable: true }));
}

applyLanguage();
document.querySelector('.skip').addEventListener('click', (event) => {
  // The address's hash names the tab, so the link must not change it.
  event.preventDefault();
  main.focus();
});
window.addEventListener('hashchange', (event) => { if (!app.hidden) addressChanged(event); });
// A session ends after hours without use and with the server, when an answer or half a library may be there.
window.addEventListener('rap:signed-out', askToSignIn);
// Another tab shares the cookie, and somebody else may have signed in there.
window.addEventListener('rap:session', ({ detail: now }) => { if (!app.hidden && !isSameSession(now, session)) startOver(); });
// A photo dropped beside every target must not replace the page.
window.addEventListener('dragover', (event) => event.preventDefault());
window.addEventListener('drop', (event) => event.preventDefault());

enter((await reachServer(gate)) ?? (await askForKey(gate)), { moveFocus: false });
