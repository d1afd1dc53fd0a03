// SPDX-License-Identifier: Apache-2.0
// A conversation: what was asked, about which photos, and what was answered with and without memory.
import { completeStreamed, patiently } from './api.js';

/** The model's names: the default, and the same without memory. */
const kModels = { memory: 'rap', bare: 'rap/none' };

const newLane = () => ({ state: 'waiting', text: '', waitSeconds: null, error: null, rap: null });

export class Conversation {
  turns = [];

  /** Hears how answers come along: changed(turn, lane name), ended(turn). Set by whoever shows the conversation. */
  listener = { changed() {}, ended() {} };

  /** Adds a question. With `compare` it is answered without memory as well. */
  ask({ question, photos, compare }) {
    const turn = { question, photos, lanes: {}, stop: null };
    this.turns.push(turn);
    this.prepare(turn, compare);
    return turn;
  }

  /** Puts a turn back to unanswered. */
  prepare(turn, compare) {
    turn.lanes = compare ? { memory: newLane(), bare: newLane() } : { memory: newLane() };
  }

  /** Every photo up to and with `turn`, in the order in which a request carries them. */
  photosUpTo(turn) {
    return this.turns.slice(0, this.turns.indexOf(turn) + 1).flatMap((each) => each.photos);
  }

  /** [[photo, recognition], …] of an answered turn: what was seen in each photo, as far as the answer says so. */
  seen(turn) {
    const recognitions = turn.lanes.memory.rap?.photos ?? [];
    const photos = this.photosUpTo(turn);
    // Photos of earlier turns may be left out of the answer; those that are there come last.
    const told = photos.slice(-recognitions.length);
    return told.length === recognitions.length ? told.map((photo, i) => [photo, recognitions[i]]) : [];
  }

  async #messages(turn, name) {
    const messages = [];
    for (const each of this.turns.slice(0, this.turns.indexOf(turn) + 1)) {
      const images = await Promise.all(each.photos.map(async (photo) => ({ type: 'image_url', image_url: { url: await photo.dataUri() } })));
      messages.push({ role: 'user', content: [...images, { type: 'text', text: each.question }] });
      if (each !== turn) messages.push({ role: 'assistant', content: (each.lanes[name] ?? each.lanes.memory).text });
    }
    return messages;
  }

  async #run(turn, name, signal) {
    const lane = turn.lanes[name];
    const onText = (text) => {
      Object.assign(lane, { state: 'streaming', text });
      this.listener.changed(turn, name);
    };
    const onWait = (seconds) => {
      lane.waitSeconds = seconds;
      this.listener.changed(turn, name);
    };
    try {
      const messages = await this.#messages(turn, name);
      const got = await patiently(() => completeStreamed({ model: kModels[name], messages }, { signal, onText }), { signal, onWait });
      Object.assign(lane, { state: 'done', text: got.text, rap: got.rap });
    } catch (error) {
      Object.assign(lane, error.name === 'AbortError' ? { state: 'stopped' } : { state: 'failed', error });
    }
    this.listener.changed(turn, name);
  }

  /** Has a turn answered. `turn.stop()` ends it early; so does asking again. */
  async answer(turn) {
    turn.stop?.();
    const controller = new AbortController();
    const stop = () => controller.abort();
    turn.stop = stop;
    await Promise.all(Object.keys(turn.lanes).map((name) => this.#run(turn, name, controller.signal)));
    if (turn.stop !== stop) return;
    turn.stop = null;
    this.listener.ended(turn);
  }

  /** Forgets everything and frees the photos. */
  clear() {
    this.turns.forEach((turn) => { turn.stop?.(); turn.photos.forEach((photo) => photo.release()); });
    this.turns = [];
  }
}
