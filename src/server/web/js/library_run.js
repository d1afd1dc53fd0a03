// SPDX-License-Identifier: Apache-2.0
// Captions for many photos: a few at a time, patient when the server is busy, and able to stop.
import { ApiError, complete, patiently } from './api.js';
import { openAskedPhoto, thumbnail } from './photos.js';

const kAtOnce = 2;  // one being answered, one being read and sent
const kThumbSide = 160;

/** Nothing more can be had for now: no server, nobody signed in, no model. */
const kEnds = [0, 401, 503];

/** What tells one photo from another: folders have files of the same name. */
const keyOf = ({ path, file }) => `${path} ${file.size} ${file.lastModified}`;

/** Each item: {path, file, state: waiting | working | done | failed, caption, recognition, error, thumb}. */
export class LibraryRun {
  items = [];

  /**
   * Hears changed(item), waiting(seconds), null once that is over, and ended(error) with what ended the run early or null;
   * describe(error) puts an error into words. Set by the view.
   */
  listener = { changed() {}, waiting() {}, ended() {}, describe: String };

  #controller = null;

  get isRunning() {
    return this.#controller !== null;
  }

  get finished() {
    return this.items.filter((item) => item.state === 'done' || item.state === 'failed');
  }

  /** Adds photos {path, file}, leaving out those that are there. A run that is under way goes on with them. */
  add(found) {
    const known = new Set(this.items.map(keyOf));
    const added = found.filter((each) => !known.has(keyOf(each))).map(({ path, file }) => ({ path, file, state: 'waiting' }));
    this.items.push(...added);
    return added;
  }

  async #caption(item, signal) {
    const photo = await openAskedPhoto(item.file);
    try {
      const small = await thumbnail(photo.blob, kThumbSide);
      signal.throwIfAborted();
      if (small) item.thumb ??= URL.createObjectURL(small);
      const body = {
        model: 'rap',
        messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: await photo.dataUri() } }] }],
        rap: { task: 'caption' },
      };
      const got = await patiently(() => complete(body, { signal }), { signal, onWait: (seconds) => this.listener.waiting(seconds) });
      Object.assign(item, { state: 'done', caption: got.text.trim(), recognition: got.rap?.photos?.[0] ?? null, error: undefined });
    } finally {
      photo.release();
    }
  }

  #next({ aborted }) {
    return aborted ? undefined : this.items.find((item) => item.state === 'waiting');
  }

  async #work(signal) {
    for (let item = this.#next(signal); item; item = this.#next(signal)) {
      item.state = 'working';
      this.listener.changed(item);
      try {
        await this.#caption(item, signal);
      } catch (error) {
        const ends = error instanceof ApiError && kEnds.includes(error.status);
        if (ends) this.#controller.abort(error);
        if (ends || error.name === 'AbortError') {
          item.state = 'waiting';
          this.listener.changed(item);
          return;
        }
        Object.assign(item, { state: 'failed', error: this.listener.describe(error) });
      }
      this.listener.changed(item);
    }
  }

  /** Captions all that have none yet. */
  async run() {
    this.#controller = new AbortController();
    const { signal } = this.#controller;
    for (const item of this.items.filter(({ state }) => state === 'failed')) {
      item.state = 'waiting';
      this.listener.changed(item);
    }
    await Promise.all(Array.from({ length: kAtOnce }, () => this.#work(signal)));
    this.#controller = null;
    this.listener.ended(signal.reason instanceof ApiError ? signal.reason : null);
  }

  stop() {
    this.#controller?.abort();
  }

  clear() {
    this.items.forEach((item) => item.thumb && URL.revokeObjectURL(item.thumb));
    this.items = [];
  }
}
