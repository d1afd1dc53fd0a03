// SPDX-License-Identifier: Apache-2.0
// The parts that are pure functions, tested where they run: in the browser.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage } from './support/browser.js';
import { startServer } from './support/server.js';

let server;
let view;
before(async () => {
  server = await startServer();
  view = await openPage(server);
});
after(async () => {
  try {
    await view?.close();
  } finally {
    await server?.stop();
  }
});

/** Runs `use(module, argument)` in the page with one of its modules. */
const inPage = (module, use, argument) => view.page.evaluate(`(async () => (${use})(await import('/js/${module}'), ${JSON.stringify(argument)}))()`);

test('both languages have the same keys, none empty, with the same values to fill in', async () => {
  const [en, zh] = await Promise.all(['en', 'zh'].map((tag) => inPage(`i18n/${tag}.js`, (words) => words.default)));
  assert.deepEqual(Object.keys(zh), Object.keys(en));
  const holes = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();
  for (const key of Object.keys(en)) {
    assert.ok(en[key] && zh[key], key);
    assert.deepEqual(holes(zh[key]), holes(en[key]), key);
  }
});

test('a cell that a spreadsheet would run stays text', async () => {
  const csv = await inPage('table_files.js', ({ toCsv }, items) => toCsv(items), [
    { path: '=1+1.jpg', caption: '@SUM(A1)', recognition: { matches: [{ name: '+Bo', probability: 0.9 }, { name: 'Max "the dog", jr', probability: 0.8 }] } },
    { path: 'b.jpg', caption: 'two\nlines', recognition: null },
    { path: 'c.jpg', error: '-bad' },
    { path: '\t=x.jpg', caption: ' =y' },
  ]);
  const [, ...rows] = csv.trimEnd().split('\r\n');
  assert.equal(rows[0], `'=1+1.jpg,'@SUM(A1),"'+Bo; Max ""the dog"", jr","0.900; 0.800",`);
  assert.equal(rows[1], 'b.jpg,"two\nlines",,,');
  assert.equal(rows[2], "c.jpg,,,,'-bad");
  assert.equal(rows[3], "'\t=x.jpg,' =y,,,");
});

test('a threshold sorts what was considered', async () => {
  const match = (name, probability) => ({ id: name, name, probability, box: [0, 0, 10, 10], evidence: {} });
  const recognition = {
    matches: [match('Bo', 0.9)], near: [match('Max', 0.3)],
    doubts: [{ name: 'Kit or Kat', probability: 0.7, box: [5, 5, 9, 9], candidates: [match('Kit', 0.4), match('Kat', 0.2)] }],
  };
  const split = (threshold) => inPage('recognition.js', `({ splitAt }, recognition) => {
    const { accepted, doubts, rejected } = splitAt(recognition, ${threshold});
    return [accepted, doubts, rejected].map((marks) => marks.map((mark) => mark.name));
  }`, recognition);
  assert.deepEqual(await split(0.5), [['Bo'], ['Kit or Kat'], ['Max']]);
  assert.deepEqual(await split(0.95), [[], [], ['Bo', 'Kit', 'Max', 'Kat']]);
  assert.deepEqual(await split(0.35), [['Bo', 'Kit'], [], ['Max', 'Kat']]);
  assert.deepEqual(await split(0), [['Bo', 'Kit', 'Max', 'Kat'], [], []]);
});

test('events are read however the bytes are cut', async () => {
  const text = 'data: {"a":1}\r\n\r\n: comment\nevent: progress\ndata: 狗\ndata:two\n\ndata: [DONE]\n\n';
  const read = (size) => inPage('sse.js', `async ({ eventData }, text) => {
    const bytes = new TextEncoder().encode(text);
    const stream = new ReadableStream({ start(controller) {
      for (let at = 0; at < bytes.length; at += ${size}) controller.enqueue(bytes.slice(at, at + ${size}));
      controller.close();
    } });
    const got = [];
    for await (const data of eventData(stream)) got.push(data);
    return got;
  }`, text);
  for (const size of [1, 2, 7, 1000]) assert.deepEqual(await read(size), ['{"a":1}', '狗\ntwo', '[DONE]']);
});

test('a large photo that is transparent gets a white ground; one that cannot be shrunk is sent as it is', async () => {
  const asked = (fails) => inPage('photos.js', `async ({ openAskedPhoto }, fails) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 4000, height: 20 });
    canvas.getContext('2d').clearRect(0, 0, 1, 1);
    const file = new File([await new Promise((resolve) => canvas.toBlob(resolve))], 'clear.png', { type: 'image/png' });
    const { toBlob } = HTMLCanvasElement.prototype;
    if (fails) HTMLCanvasElement.prototype.toBlob = (done) => done(null);
    const photo = await openAskedPhoto(file);
    HTMLCanvasElement.prototype.toBlob = toBlob;
    const context = document.createElement('canvas').getContext('2d');
    context.drawImage(await createImageBitmap(photo.blob), 0, 0);
    return [photo.width, [...context.getImageData(5, 5, 1, 1).data]];
  }`, fails);
  assert.deepEqual(await asked(false), [2048, [255, 255, 255, 255]]);
  assert.deepEqual(await asked(true), [4000, [0, 0, 0, 0]]);
});

test('a note stays while it is pointed at or holds the focus, and gives the focus back', async () => {
  const { page } = view;
  await page.clock.install();
  const note = page.locator('.notice', { hasText: 'Hello' });
  const search = page.getByLabel('Search names and facts');
  await search.focus();
  await inPage('notices.js', `({ notify }) => notify('Hello', { action: 'Undo', onAction() {} })`);
  const undo = note.getByRole('button', { name: 'Undo' });
  await note.hover();
  await undo.focus();
  await page.mouse.move(5, 5);
  await page.clock.fastForward(20_000);
  assert.equal(await note.count(), 1);
  await undo.press('Enter');
  await note.waitFor({ state: 'detached' });
  assert.ok(await search.evaluate((input) => input === document.activeElement));
  await inPage('notices.js', `({ notify }) => notify('Hello')`);
  await page.clock.fastForward(20_000);
  await note.waitFor({ state: 'detached' });
});
