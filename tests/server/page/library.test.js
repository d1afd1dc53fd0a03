// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openPage } from './support/browser.js';
import { photo, startServer } from './support/server.js';

const kHostileFile = '=HYPERLINK("http:x")<img src=x onerror=window.hacked=1>.jpg'.replaceAll('/', '');

let server;
let folder;
before(async () => {
  server = await startServer();
  await server.remember();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rap-library-'));
  fs.mkdirSync(path.join(folder, 'summer'));
  fs.copyFileSync(photo('composed-chelsea.jpg'), path.join(folder, 'summer', 'cat.jpg'));
  fs.copyFileSync(photo('flower.jpg'), path.join(folder, 'flower.jpg'));
  fs.writeFileSync(path.join(folder, 'notes.txt'), 'no photo');
});
after(async () => {
  await server?.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function downloaded(page, name) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
  return fs.readFileSync(await download.path(), 'utf8');
}

test('a folder gets captions and names, as JSON lines and as CSV', async () => {
  const { page, choose, shoot, checkAccessibility, kAnswerMs, close } = await openPage(server, { tab: 'library' });
  await shoot('library-empty');
  await choose(page.getByRole('button', { name: 'Choose a folder' }).last(), folder);
  assert.equal(await page.locator('.library-row').count(), 2);
  await page.getByRole('button', { name: 'Write captions' }).click();
  await page.locator('.library-words', { hasText: 'Done: all 2 photos' }).waitFor({ timeout: kAnswerMs });
  await checkAccessibility('library');
  await shoot('library-done');
  const lines = (await downloaded(page, /JSONL/)).trim().split('\n').map((line) => JSON.parse(line));
  const cat = lines.find(({ file }) => file.endsWith('cat.jpg'));
  assert.deepEqual(cat.names, ['Chelsea']);
  assert.ok(cat.caption.includes('Chelsea'));
  assert.match(cat.file, /summer\/cat\.jpg$/);
  assert.deepEqual(lines.find(({ file }) => file.endsWith('flower.jpg')).names, []);
  const csv = await downloaded(page, /CSV/);
  assert.match(csv, /^\ufefffile,caption,names,probabilities,error\r\n/);
  assert.match(csv, /summer\/cat\.jpg,.*Chelsea/);
  await close();
});

test('a run is stopped and goes on later', async () => {
  const { page, drop, kAnswerMs, close } = await openPage(server, { tab: 'library' });
  await drop('.library-page', ['composed-coffee.jpg', 'composed-collins.jpg', 'composed-rocket.jpg', 'raccoon.jpg']);
  await page.getByRole('button', { name: 'Write captions' }).click();
  await page.locator('.library-row.done').first().waitFor({ timeout: kAnswerMs });
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Go on' }).waitFor();
  const finished = await page.locator('.library-row.done').count();
  assert.ok(finished < 4);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.locator('.library-words', { hasText: 'Done: all 4 photos' }).waitFor({ timeout: kAnswerMs });
  await close();
});

test('a run that loses the server waits, and goes on when there is one again', async () => {
  const { page, drop, kAnswerMs, close } = await openPage(server, { tab: 'library', allowed: [503] });
  await page.route('**/v1/chat/completions', (route) => route.fulfill({ status: 503, json: { error: { message: 'shutting down', type: 'server_error', param: null, code: null } } }));
  await drop('.library-page', ['composed-coffee.jpg', 'composed-collins.jpg', 'flower.jpg']);
  await page.getByRole('button', { name: 'Write captions' }).click();
  await page.locator('.notice', { hasText: 'shutting down' }).waitFor();
  assert.equal(await page.locator('.library-row.waiting').count(), 3);
  await page.unroute('**/v1/chat/completions');
  await page.getByRole('button', { name: 'Write captions' }).click();
  await page.locator('.library-words', { hasText: 'Done: all 3 photos' }).waitFor({ timeout: kAnswerMs });
  await close();
});

test('two at a time, patient when the server is busy, and an unreadable file does not end the run', async () => {
  const { page, choose, kAnswerMs, close } = await openPage(server, { tab: 'library', allowed: [400, 415, 422, 429] });
  let running = 0;
  let most = 0;
  let refused = false;
  await page.route('**/v1/chat/completions', async (route) => {
    if (!refused) {
      refused = true;
      return route.fulfill({ status: 429, headers: { 'Retry-After': '1' }, json: { error: { message: 'busy', type: 'rate_limit', param: null, code: null } } });
    }
    running += 1;
    most = Math.max(most, running);
    const response = await route.fetch({ timeout: kAnswerMs });
    running -= 1;
    return route.fulfill({ response });
  });
  const files = [
    ...['composed-chelsea.jpg', 'composed-coffee.jpg', 'flower.jpg'].map((name) => ({ name, mimeType: 'image/jpeg', buffer: fs.readFileSync(photo(name)) })),
    { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('not a photo') },
    { name: kHostileFile, mimeType: 'image/jpeg', buffer: fs.readFileSync(photo('raccoon.jpg')) },
  ];
  await choose(page.getByRole('button', { name: 'Choose photos' }).last(), files);
  await page.getByRole('button', { name: 'Write captions' }).click();
  await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'hidden', timeout: kAnswerMs });
  assert.equal(most, 2);
  assert.equal(await page.locator('.library-row.failed').count(), 1);
  assert.equal(await page.locator('.library-row.done').count(), 4);
  const csv = await downloaded(page, /CSV/);
  assert.ok(csv.includes("\"'=HYPERLINK("), csv);
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  await close();
});

test('what is added while a run goes on is captioned as well, and files of one name are told apart', async () => {
  const { page, choose, close } = await openPage(server, { tab: 'library' });
  const held = [];
  await page.route('**/v1/chat/completions', (route) => held.push(() => route.fulfill({ json: { choices: [{ message: { content: 'A caption.' }, finish_reason: 'stop' }], rap: { photos: [] } } })));
  const chooseFiles = (files) => choose(page.getByRole('button', { name: 'Choose photos' }).filter({ visible: true }), files);
  const flower = path.join(folder, 'flower.jpg');
  const otherFlower = path.join(folder, 'summer', 'flower.jpg');
  fs.copyFileSync(photo('raccoon.jpg'), otherFlower);
  await chooseFiles(flower);
  await page.getByRole('button', { name: 'Write captions' }).click();
  await page.locator('.library-row.working').waitFor();
  await chooseFiles([flower, otherFlower, photo('coffee.jpg')]);
  await page.locator('.notice', { hasText: '1 photo was in the list already.' }).waitFor();
  assert.equal(await page.locator('.library-row').count(), 3);
  for (let done = 0; done < 3; done += 1) {
    while (held.length === 0) await page.evaluate(() => new Promise(requestAnimationFrame));
    await held.shift()();
    await page.locator('.library-row.done').nth(done).waitFor();
  }
  await page.locator('.library-words', { hasText: 'Done: all 3 photos' }).waitFor();
  await page.getByRole('button', { name: 'Clear the list' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.nothing :focus').waitFor();
  await close();
});

test('photos that fail are counted apart, and tried again', async () => {
  const { page, drop, close } = await openPage(server, { tab: 'library', allowed: [429, 500] });
  const isBusy = page.locator('.library-words', { hasText: 'The model is busy' });
  let asked = 0;
  await page.route('**/v1/chat/completions', async (route) => {
    asked += 1;
    if (asked === 1) return route.fulfill({ status: 429, headers: { 'Retry-After': '2' }, json: { error: { message: 'busy', type: 'rate_limit', param: null, code: null } } });
    await isBusy.waitFor({ state: 'detached' });
    return route.fulfill({ status: 500, json: { error: { message: 'no luck', type: 'server_error', param: null, code: null } } });
  });
  await drop('.library-page', ['flower.jpg']);
  await page.getByRole('button', { name: 'Write captions' }).click();
  await isBusy.waitFor();
  await page.locator('.library-words', { hasText: /^0 of 1 · 1 failed$/ }).waitFor();
  await page.unroute('**/v1/chat/completions');
  await page.route('**/v1/chat/completions', (route) => route.fulfill({ json: { choices: [{ message: { content: 'A caption.' }, finish_reason: 'stop' }], rap: { photos: [] } } }));
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.locator('.library-words', { hasText: 'Done: 1 photo' }).waitFor();
  await close();
});
