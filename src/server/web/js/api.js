// SPDX-License-Identifier: Apache-2.0
// The server's API as functions. The only place that fetches.
import { eventData } from './sse.js';

/** A refusal of the server, or (status 0) no answer at all. */
export class ApiError extends Error {
  constructor(status, { code = '', message = '', field = '' }, retryAfter = null) {
    super(message || `HTTP ${status}`);
    this.status = status;
    this.code = code;
    this.field = field;
    this.retryAfter = retryAfter;
  }
}

/** What a connection that is refused or breaks off throws, as an ApiError. An abort stays an AbortError. */
const unreachable = (error) => (error.name === 'AbortError' ? error : new ApiError(0, { code: 'unreachable' }));

/** The data of a response's events. */
async function* events(response) {
  try {
    yield* eventData(response.body);
  } catch (error) {
    throw unreachable(error);
  }
}

const kSession = '/rap/v1/session';

/** Who is signed in, as the server said last. Writes repeat its `csrf`. */
let session = null;

/** Whether a page made for one session fits another. */
export const isSameSession = (one, other) => one?.owner === other?.owner && `${one?.scopes}` === `${other?.scopes}`;

/** The browser's other tabs share the cookie, so each is told when somebody signs in or out in one of them. */
const tabs = new BroadcastChannel('rap.session');
tabs.onmessage = () => lookAgain().catch(() => {});

function retryAfterSeconds(response) {
  const seconds = Number.parseFloat(response.headers.get('Retry-After') ?? '');
  return Number.isFinite(seconds) ? Math.max(seconds, 0.2) : null;
}

async function refusal(response) {
  const body = await response.json().catch(() => ({}));
  const { code = '', message = '', field = '', param = '' } = body.error ?? {};
  return new ApiError(response.status, { code, message, field: field || param || '' }, retryAfterSeconds(response));
}

/** Fetches and turns refusals into ApiError. An abort stays an AbortError. */
async function request(method, path, options = {}) {
  const { json, body, type, headers = {}, signal } = options;
  const asked = session;
  const all = { ...headers };
  if (method !== 'GET') all['X-Rap-Csrf'] = asked?.csrf ?? '';
  if (json !== undefined) all['Content-Type'] = 'application/json';
  else if (type) all['Content-Type'] = type;
  let response;
  try {
    response = await fetch(path, { method, headers: all, body: json === undefined ? body : JSON.stringify(json), signal, credentials: 'same-origin' });
  } catch (error) {
    throw unreachable(error);
  }
  if (response.ok) return response;
  // Another tab may have signed in anew, or the server started anew: then there is another token for the same owner.
  if (response.status === 403 && method !== 'GET') {
    const now = await lookAgain();
    if (now?.csrf !== asked?.csrf && isSameSession(now, asked)) return request(method, path, options);
  }
  if (response.status === 401 && path !== kSession) window.dispatchEvent(new Event('rap:signed-out'));
  throw await refusal(response);
}

const answer = async (...values) => (await request(...values)).json().catch((error) => { throw unreachable(error); });
const conceptPath = (id, ...rest) => ['/rap/v1/concepts', encodeURIComponent(id), ...rest].join('/');

/** Null where nobody is signed in. */
const unlessSignedOut = (error) => {
  if (error.status !== 401) throw error;
  return null;
};

/** Who is signed in, or null. */
export async function currentSession() {
  session = await answer('GET', kSession).catch(unlessSignedOut);
  return session;
}

/** The same, after something may have changed it. The page hears the answer as an event. */
async function lookAgain() {
  const now = await currentSession();
  window.dispatchEvent(new CustomEvent('rap:session', { detail: now }));
  return now;
}

export async function signIn(key) {
  session = await answer('POST', kSession, { json: { key } });
  tabs.postMessage('');
  return session;
}

export async function signOut() {
  await request('DELETE', kSession).catch(unlessSignedOut);
  tabs.postMessage('');
}

/** One page of concepts: {concepts, next, revision}. */
export function listConcepts({ search = '', after = null, limit = 50, signal } = {}) {
  const query = new URLSearchParams({ limit });
  if (search) query.set('search', search);
  if (after) query.set('after', after);
  return answer('GET', `/rap/v1/concepts?${query}`, { signal });
}

/** The concept that has this name or alias, or null. */
export async function findByName(name) {
  const { concepts } = await listConcepts({ search: name, limit: 20 });
  const folded = name.toLocaleLowerCase();
  return concepts.find((known) => [known.name, ...known.aliases].some((other) => other.toLocaleLowerCase() === folded)) ?? null;
}

export const getConcept = (id) => answer('GET', conceptPath(id));
export const createConcept = (draft) => answer('POST', '/rap/v1/concepts', { json: draft });
export const forgetConcept = (id) => request('DELETE', conceptPath(id));
export const addView = (id, view) => answer('POST', conceptPath(id, 'views'), { json: view });
export const removeView = (id, view) => answer('DELETE', conceptPath(id, 'views', encodeURIComponent(view)));

/** Changes a concept unless it has moved on from `revision` (ApiError 412); null = whatever it is. */
export function patchConcept(id, patch, revision) {
  return answer('PATCH', conceptPath(id), { json: patch, headers: revision === null ? {} : { 'If-Match': `"${revision}"` } });
}

/** The address of a view's picture. */
export const pictureUrl = (id, view, side) => `${conceptPath(id, 'views', encodeURIComponent(view), 'picture')}?side=${side}`;

export const history = async (id = null) =>
  (await answer('GET', id ? conceptPath(id, 'history') : '/rap/v1/history?limit=100')).history;
export const undo = () => answer('POST', '/rap/v1/undo', { json: {} });

/** The newest of `steps` that is left to undo: each undo has taken back the newest before it that was left. */
function stepToUndo(steps) {
  let takenBack = 0;
  return steps.find(({ kind }) => { takenBack += kind === 'undo' ? 1 : -1; return takenBack < 0; });
}

/** Takes back the step that `isMeant` knows, but nothing that came after it in its stead. */
export async function undoStep(isMeant) {
  const step = stepToUndo(await history());
  if (!step || !isMeant(step)) throw new ApiError(null, { code: 'not_newest' });
  await undo();
}

export const recognize = (photo, { signal } = {}) => answer('POST', '/rap/v1/recognize', { json: { photo }, signal });
export const feedback = (said) => answer('POST', '/rap/v1/feedback', { json: said });

export const exportBundle = async () => (await request('GET', '/rap/v1/export')).blob().catch((error) => { throw unreachable(error); });
export const importBundle = (blob, onConflict) =>
  answer('POST', `/rap/v1/import?on_conflict=${onConflict}`, { body: blob, type: 'application/octet-stream' });
export const eraseMemory = () => request('DELETE', '/rap/v1/memory', { json: { confirm: 'erase everything' } });

export const startJob = (zip) => answer('POST', '/rap/v1/jobs', { body: zip, type: 'application/zip' });
export const cancelJob = (id) => request('DELETE', `/rap/v1/jobs/${encodeURIComponent(id)}`);

/** Follows a job until it ends: each state it reports, the last one included. */
export async function* jobStates(id, { signal } = {}) {
  const response = await request('GET', `/rap/v1/jobs/${encodeURIComponent(id)}/events`, { signal });
  for await (const data of events(response)) yield JSON.parse(data);
}

export const getSettings = () => answer('GET', '/rap/v1/settings');
export const patchSettings = (patch) => answer('PATCH', '/rap/v1/settings', { json: patch });

export const listKeys = async () => (await answer('GET', '/rap/v1/keys')).keys;
export const createKey = (draft) => answer('POST', '/rap/v1/keys', { json: draft });
export const revokeKey = (id) => request('DELETE', `/rap/v1/keys/${encodeURIComponent(id)}`);

/** One whole answer of the model: {text, finish, rap}. */
export async function complete(body, { signal } = {}) {
  const got = await answer('POST', '/v1/chat/completions', { json: body, signal });
  const [choice] = got.choices;
  return { text: choice.message.content ?? '', finish: choice.finish_reason, rap: got.rap ?? null };
}

/** The same, with each piece of text as it comes. */
export async function completeStreamed(body, { signal, onText }) {
  const response = await request('POST', '/v1/chat/completions', { json: { ...body, stream: true }, signal });
  const got = { text: '', finish: null, rap: null };
  for await (const data of events(response)) {
    if (data === '[DONE]') return got;
    const chunk = JSON.parse(data);
    if (chunk.error) throw new ApiError(500, chunk.error);
    got.rap = chunk.rap ?? got.rap;
    const choice = chunk.choices?.[0];
    got.finish = choice?.finish_reason ?? got.finish;
    if (choice?.delta?.content) {
      got.text += choice.delta.content;
      onText(got.text);
    }
  }
  if (got.finish === null) throw new ApiError(0, { code: 'unreachable' });
  return got;
}

/** Waits, or throws AbortError as soon as `signal` says so. */
export function sleep(seconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException('aborted', 'AbortError'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, seconds * 1000);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true });
  });
}

const kDefaultWaitSeconds = 2;

/** Repeats `attempt` while the server says that it is busy, as late as it asks for. `onWait` hears how long, and null afterwards. */
export async function patiently(attempt, { signal, onWait = () => {} } = {}) {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429) throw error;
      const seconds = error.retryAfter ?? kDefaultWaitSeconds;
      onWait(seconds);
      await sleep(seconds, signal);
      onWait(null);
    }
  }
}
