// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { openPage } from './support/browser.js';
import { photo, startServer } from './support/server.js';
import { zipOf } from './support/zip.js';

const kHostile = '<img src=x onerror="window.hacked=1">';

let server;
before(async () => { server = await startServer(); });
after(() => server?.stop());

const concepts = async () => (await server.api('GET', '/rap/v1/concepts')).concepts;
const byName = async (name) => (await concepts()).find((known) => known.name === name);
const focused = (page, selector) => page.waitForFunction((wanted) => document.activeElement.matches(wanted), selector);

/** Holds back requests of `method` until free() is called; `seen` counts them. */
async function hold(page, glob, method) {
  const gate = { seen: 0 };
  const opened = new Promise((resolve) => { gate.free = resolve; });
  await page.route(glob, async (route) => {
    if (route.request().method() !== method) return route.fallback();
    gate.seen += 1;
    await opened;
    return route.continue();
  });
  return gate;
}

/** Lets no time go by: notes stay. */
async function stopClock(page) {
  await page.clock.install({ time: 0 });
  await page.clock.pauseAt(60_000);
}

test('a newcomer drops a photo, draws a box and gives it a name', async () => {
  const { page, drop, shoot, close } = await openPage(server);
  await page.getByText('Show it something you love').waitFor();
  await shoot('memory-empty');
  await drop('.memory-page', ['chelsea.jpg']);
  const surface = page.locator('.crop-surface');
  await surface.hover();  // waits until the dialog has come to rest
  const bounds = await surface.boundingBox();
  await page.mouse.move(bounds.x + bounds.width * 0.1, bounds.y + bounds.height * 0.1);
  await page.mouse.down();
  await page.mouse.move(bounds.x + bounds.width * 0.8, bounds.y + bounds.height * 0.9, { steps: 4 });
  await page.mouse.up();
  await page.getByLabel('Name', { exact: true }).fill('Chelsea');
  await page.getByLabel('What it is').fill('cat');
  await page.getByLabel('What should be known').fill('Chelsea likes long naps.');
  await shoot('memory-add');
  await page.getByRole('button', { name: 'Remember', exact: true }).click();
  await page.getByRole('button', { name: 'Chelsea', exact: true }).waitFor();
  const [x, y, width, height] = (await byName('Chelsea')).views[0].part;
  for (const [got, expected] of [[x, 0.1], [y, 0.1], [width, 0.7], [height, 0.8]]) assert.ok(Math.abs(got - expected) < 0.02, `${got} for ${expected}`);
  await close();
});

test('a box is drawn, moved, resized and removed with the keyboard, and said aloud', async () => {
  const { page, choose, said, close } = await openPage(server);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await choose(page.getByRole('button', { name: 'Choose photos' }).last(), photo('coffee.jpg'));
  const surface = page.locator('.crop-surface');
  await surface.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Shift+ArrowDown');
  await page.waitForFunction(() => [...document.querySelectorAll('.announcer')].at(-1).textContent.includes('62'));
  assert.match(await said(), /60\s?% wide and 62\s?% high, 18\s?% from the left and 20\s?% from the top/);
  await page.getByLabel('Name', { exact: true }).fill('Rosso');
  await page.getByLabel('Name', { exact: true }).press('Enter');
  await page.getByRole('button', { name: 'Rosso', exact: true }).waitFor();
  const [x, y, width, height] = (await byName('Rosso')).views[0].part;
  for (const [got, expected] of [[x, 0.18], [y, 0.2], [width, 0.6], [height, 0.62]]) assert.ok(Math.abs(got - expected) < 0.01, `${got} for ${expected}`);
  await close();
});

test('several photos at once: of one thing, and of different things', async () => {
  const { page, choose, drop, close } = await openPage(server);
  await drop('.memory-page', ['cameraman.jpg', 'composed-cameraman.jpg']);
  await page.getByLabel('Name', { exact: true }).fill('Sam');
  await page.getByRole('button', { name: 'Remember', exact: true }).click();
  await page.getByRole('button', { name: 'Sam', exact: true }).waitFor();
  assert.equal((await byName('Sam')).view_count, 2);

  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await choose(page.getByRole('button', { name: 'Choose photos' }).last(), [photo('rocket.jpg'), photo('cookie-box.jpg')]);
  await page.getByText('Different things').click();
  await page.getByLabel('Name', { exact: true }).fill('Falcon');
  await page.getByRole('button', { name: /^Photo 2/ }).click();
  await page.getByRole('button', { name: 'Remember all 2' }).click();
  await page.getByText('It needs a name.').waitFor();
  await page.getByLabel('Name', { exact: true }).fill('Bastoncini');
  await page.getByRole('button', { name: 'Remember', exact: true }).click();
  await page.getByRole('button', { name: 'Bastoncini', exact: true }).waitFor();
  assert.ok(await byName('Falcon'));
  await close();
});

test('the keyboard stays where it is while photos are read, chosen and told apart', async () => {
  const { page, drop, close } = await openPage(server);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByLabel('Name', { exact: true }).focus();
  await page.keyboard.type('Gar');
  await drop('.dialog', ['flower.jpg', 'raccoon.jpg']);
  await page.locator('.crop-surface').waitFor();
  await page.keyboard.type('den');
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Garden');
  await page.getByRole('button', { name: /^Photo 2/ }).focus();
  await page.keyboard.press('Enter');
  assert.match(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), /^Photo 2/);
  await page.getByLabel('One and the same').focus();
  await page.keyboard.press('ArrowRight');
  assert.ok(await page.getByLabel('Different things').evaluate((radio) => radio.checked && radio === document.activeElement));
  await close();
});

test('a name that is known leads to the concept that has it', async () => {
  const { page, drop, close } = await openPage(server, { allowed: [409] });
  await drop('.memory-page', ['composed-chelsea.jpg']);
  await page.getByLabel('Name', { exact: true }).fill('chelsea');
  await page.getByRole('button', { name: 'Remember', exact: true }).click();
  await page.getByRole('button', { name: 'Add them to Chelsea' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal((await byName('Chelsea')).view_count, 2);
  await close();
});

test('a photo that cannot be read is named, and the others are kept', async () => {
  const { page, choose, close } = await openPage(server, { allowed: [422] });
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await choose(page.getByRole('button', { name: 'Choose photos' }).last(), [{ name: 'raccoon.jpg', mimeType: 'image/jpeg', buffer: fs.readFileSync(photo('raccoon.jpg')) }, { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no photo') }]);
  await page.getByLabel('Name', { exact: true }).fill('Bandit');
  await page.getByRole('button', { name: 'Remember', exact: true }).click();
  await page.getByText(/^broken\.jpg: That kind of file cannot be read\./).waitFor();
  await page.getByRole('button', { name: 'Remove broken.jpg' }).click();
  await page.getByRole('button', { name: 'Remember', exact: true }).click();
  await page.getByRole('button', { name: 'Bandit', exact: true }).waitFor();
  assert.equal((await byName('Bandit')).view_count, 1);
  await server.api('DELETE', `/rap/v1/concepts/${(await byName('Bandit')).id}`);
  await close();
});

test('photos that are too large for one request together are remembered all the same', async () => {
  const { page, choose, close } = await openPage(server);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rap-large-'));
  const large = (name) => {
    fs.writeFileSync(path.join(folder, name), Buffer.concat([fs.readFileSync(photo(name)), Buffer.alloc(25_900_000)]));
    return path.join(folder, name);
  };
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await choose(page.getByRole('button', { name: 'Choose photos' }).last(), [large('flower.jpg'), large('raccoon.jpg')]);
  await page.getByLabel('Name', { exact: true }).fill('Garden');
  await page.getByRole('button', { name: 'Remember', exact: true }).click();
  await page.getByRole('button', { name: 'Garden', exact: true }).waitFor({ timeout: 60_000 });
  assert.equal((await byName('Garden')).view_count, 2);
  await server.api('DELETE', `/rap/v1/concepts/${(await byName('Garden')).id}`);
  fs.rmSync(folder, { recursive: true });
  await close();
});

test('what is pressed twice is done once', async () => {
  const { page, close } = await openPage(server);
  await page.getByRole('button', { name: 'Sam', exact: true }).dblclick();
  const info = page.getByLabel('What should be known');
  await info.fill('Sam makes films.');
  const saved = [];
  await page.route('**/rap/v1/concepts/*', async (route) => {
    if (route.request().method() === 'PATCH') saved.push(route.request().postData());
    await new Promise((resolve) => setTimeout(resolve, 300));
    await route.continue();
  });
  await page.getByRole('button', { name: 'Save changes' }).dblclick();
  await page.getByText('Not saved yet').waitFor({ state: 'hidden' });
  assert.equal(saved.length, 1);
  assert.equal(await page.getByRole('dialog').count(), 1);
  await close();
});

test('text is edited in place; who comes second chooses which text to keep', async () => {
  const { page, checkAccessibility, shoot, close } = await openPage(server, { allowed: [412] });
  await page.getByRole('button', { name: 'Chelsea', exact: true }).click();
  const info = page.getByLabel('What should be known');
  await info.fill('Chelsea likes jazz.');
  const { id } = await byName('Chelsea');
  await server.api('PATCH', `/rap/v1/concepts/${id}`, { info: 'Chelsea likes the blues.' });
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Chelsea was changed in the meantime').waitFor();
  assert.match(await page.locator('.conflict').textContent(), /the blues.*jazz/s);
  await checkAccessibility('conflict');
  await shoot('memory-conflict');
  await page.getByRole('button', { name: 'Save mine' }).click();
  await page.locator('.conflict').waitFor({ state: 'hidden' });
  assert.equal((await byName('Chelsea')).info, 'Chelsea likes jazz.');

  await page.getByRole('button', { name: 'Add a detail' }).click();
  await page.getByLabel('Detail', { exact: true }).fill('birthday');
  await page.getByLabel('Value').fill('May 4');
  await page.getByLabel('Also called').fill('Chels, 切尔西');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Not saved yet').waitFor({ state: 'hidden' });
  const { attributes, aliases } = await byName('Chelsea');
  assert.deepEqual([attributes, aliases], [{ birthday: 'May 4' }, ['Chels', '切尔西']]);
  await page.locator('summary', { hasText: 'History' }).click();
  await page.locator('.sheet .step').first().waitFor();
  await shoot('memory-concept');
  await close();
});

test('what was typed is not lost by a slip: leaving asks first', async () => {
  const { page, close } = await openPage(server);
  await page.getByRole('button', { name: 'Sam', exact: true }).click();
  await page.getByLabel('What should be known').fill('half a thought');
  await page.keyboard.press('Escape');
  await page.getByText('Discard your changes?').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.getByLabel('What should be known').inputValue(), 'half a thought');
  await close();
});

test('text that is being typed outlives a change of the photos, and who came between is not overwritten', async () => {
  const { page, choose, close } = await openPage(server);
  const info = page.getByLabel('What should be known');
  await page.getByRole('button', { name: 'Sam', exact: true }).click();
  await info.fill('Sam whistles.');
  await choose(page.getByRole('button', { name: 'Add a photo' }), photo('composed-cameraman.jpg'));
  await page.getByRole('button', { name: 'Add this photo' }).click();
  await page.locator('.sheet .view').nth(2).waitFor();
  await page.locator('.sheet-facts', { hasText: '3 photos' }).waitFor();
  assert.equal(await info.inputValue(), 'Sam whistles.');

  await server.api('PATCH', `/rap/v1/concepts/${(await byName('Sam')).id}`, { info: 'Sam sings.' });
  await page.getByRole('button', { name: 'Remove this photo' }).nth(2).click();
  await page.locator('.conflict', { hasText: 'Sam sings.' }).waitFor();
  assert.equal(await info.inputValue(), 'Sam whistles.');
  await page.getByRole('button', { name: 'Save mine' }).click();
  await page.locator('.conflict').waitFor({ state: 'hidden' });
  const sam = await byName('Sam');
  assert.deepEqual([sam.info, sam.view_count], ['Sam whistles.', 2]);
  await close();
});

test('photos are added to a concept and taken away, and that is undone', async () => {
  const { page, choose, close } = await openPage(server);
  await page.getByRole('button', { name: 'Rosso', exact: true }).click();
  await choose(page.getByRole('button', { name: 'Add a photo' }), photo('composed-coffee.jpg'));
  await page.getByRole('button', { name: 'Add this photo' }).click();
  await page.locator('.sheet .view').nth(1).waitFor();
  await page.getByRole('button', { name: 'Remove this photo' }).nth(1).click();
  await page.locator('.sheet .view').nth(1).waitFor({ state: 'detached' });
  await page.locator('.notice').getByRole('button', { name: 'Undo' }).click();
  await page.locator('.sheet .view').nth(1).waitFor();
  assert.equal((await byName('Rosso')).view_count, 2);
  await close();
});

test('a concept is forgotten, and the history brings it back', async () => {
  const { page, shoot, checkAccessibility, close } = await openPage(server);
  await page.getByRole('button', { name: 'Falcon', exact: true }).click();
  await page.getByRole('button', { name: 'Forget', exact: true }).click();
  await page.getByRole('dialog', { name: 'Forget Falcon?' }).getByRole('button', { name: 'Forget' }).click();
  await page.getByRole('button', { name: 'Falcon', exact: true }).waitFor({ state: 'detached' });
  await page.locator('summary', { hasText: 'More' }).click();
  await page.getByRole('button', { name: 'History and undo' }).click();
  await page.getByText('Forgot Falcon').waitFor();
  await checkAccessibility('history');
  await shoot('memory-history');
  await page.getByRole('button', { name: 'Undo the last change' }).click();
  await page.getByText('Took back a change of Falcon').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Falcon', exact: true }).waitFor();
  await close();
});

test('an Undo takes back its own step, or says that something came after it', async () => {
  for (const name of ['Uno', 'Due']) await server.api('POST', '/rap/v1/concepts', { name });
  const { page, close } = await openPage(server);
  await stopClock(page);
  const card = (name) => page.getByRole('button', { name, exact: true });
  const note = (name) => page.locator('body > .notices > .notice', { hasText: `${name} is forgotten.` });
  const undo = (name) => note(name).getByRole('button', { name: 'Undo' }).click();
  async function forget(name) {
    await card(name).click();
    await page.getByRole('button', { name: 'Forget', exact: true }).click();
    await page.getByRole('dialog', { name: `Forget ${name}?` }).getByRole('button', { name: 'Forget' }).click();
    await note(name).waitFor();
    await card(name).waitFor({ state: 'detached' });
  }
  await forget('Uno');
  await forget('Due');
  for (const name of ['Due', 'Uno']) {
    await undo(name);
    await card(name).waitFor();
  }
  await forget('Uno');
  await forget('Due');
  await undo('Uno');
  await page.locator('.notice', { hasText: 'Something else was changed after that.' }).waitFor();
  assert.deepEqual([await byName('Uno'), await byName('Due')], [undefined, undefined]);
  await close();
});

test('what is typed while a concept is saved stays; what was not touched is not sent', async () => {
  const { id } = await server.api('POST', '/rap/v1/concepts', { name: 'Smith', info: 'one\r\ntwo', aliases: ['Smith, John'] });
  const { page, close } = await openPage(server);
  const info = page.getByLabel('What should be known');
  const unsaved = page.getByText('Not saved yet');
  await page.getByRole('button', { name: 'Smith', exact: true }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  await page.getByRole('button', { name: 'Smith', exact: true }).click();
  const gate = await hold(page, `**/concepts/${id}`, 'PATCH');
  const sent = page.waitForRequest((request) => request.method() === 'PATCH');
  await page.getByLabel('What it is').fill('smith');
  await page.getByRole('button', { name: 'Save changes' }).click();
  assert.deepEqual((await sent).postDataJSON(), { category: 'smith' });
  await info.fill('three');
  gate.free();
  await page.locator('.notice', { hasText: 'Smith is saved.' }).waitFor();
  assert.equal(await info.inputValue(), 'three');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await unsaved.waitFor({ state: 'hidden' });
  const smith = await byName('Smith');
  assert.deepEqual([smith.category, smith.info, smith.aliases], ['smith', 'three', ['Smith, John']]);
  await focused(page, '.sheet-text');

  await info.fill('four');
  await page.getByRole('button', { name: 'Discard' }).click();
  await unsaved.waitFor({ state: 'hidden' });
  assert.equal(await info.inputValue(), 'three');
  await focused(page, '.sheet-text');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Smith');
  await server.api('DELETE', `/rap/v1/concepts/${id}`);
  await close();
});

test('a sheet that nobody has edited keeps its form when its photos change', async () => {
  const { page, choose, close } = await openPage(server);
  await page.getByRole('button', { name: 'Rosso', exact: true }).click();
  await page.getByRole('button', { name: 'Add a detail' }).click();
  await choose(page.getByRole('button', { name: 'Add a photo' }), photo('coffee.jpg'));
  await page.getByRole('button', { name: 'Add this photo' }).click();
  await page.locator('.sheet .view').nth(2).waitFor();
  assert.equal(await page.getByLabel('Detail', { exact: true }).count(), 1);
  await page.getByRole('button', { name: 'Remove this photo' }).nth(2).click();
  await page.locator('.notice', { hasText: 'Photo removed.' }).waitFor();
  assert.equal(await page.getByLabel('Detail', { exact: true }).count(), 1);

  await page.locator('dialog.sheet').evaluate((sheet) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['x'], 'a.txt', { type: 'text/plain' }));
    sheet.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  });
  await page.locator('.notice', { hasText: 'There was no photo among these files.' }).waitFor();

  await page.setViewportSize({ width: 1280, height: 1600 });
  const sheet = await page.locator('dialog.sheet').boundingBox();
  await page.mouse.click(sheet.x + 100, sheet.y + sheet.height - 20);
  assert.ok(await page.locator('dialog.sheet').evaluate((dialog) => dialog.open));
  await close();
});

test('a conflict shows what differs, in words, and nothing where both wrote the same', async () => {
  const { id } = await server.api('POST', '/rap/v1/concepts', { name: 'Twice' });
  const { page, close } = await openPage(server, { allowed: [412, 409, 503] });
  const info = page.getByLabel('What should be known');
  const save = page.getByRole('button', { name: 'Save changes' });
  await page.getByRole('button', { name: 'Twice', exact: true }).click();
  await info.fill('the same');
  await server.api('PATCH', `/rap/v1/concepts/${id}`, { info: 'the same', category: 'thing' });
  await save.click();
  await page.getByText('Not saved yet').waitFor({ state: 'hidden' });
  assert.ok(await page.locator('.conflict').isHidden());
  assert.equal(await page.getByLabel('What it is').inputValue(), 'thing');

  await page.getByLabel('Consent').selectOption('given');
  await server.api('PATCH', `/rap/v1/concepts/${id}`, { consent: 'refused', category: 'other' });
  await save.click();
  await page.locator('.conflict').waitFor();
  assert.match(await page.locator('.conflict dl').textContent(), /^Consent\s*Saved: Refused\s*Yours: Given$/);
  await page.getByRole('button', { name: 'Save mine' }).click();
  await page.locator('.conflict').waitFor({ state: 'hidden' });
  const twice = await byName('Twice');
  assert.deepEqual([twice.consent, twice.category], ['given', 'other']);

  await page.getByLabel('Also called').fill('Sam');
  await save.click();
  await page.locator('.field', { hasText: 'Also called' }).locator('.error', { hasText: 'That name is taken.' }).waitFor();
  await page.route(`**/concepts/${id}`, (route) => route.fulfill({ status: route.request().method() === 'PATCH' ? 412 : 503, json: { error: { message: 'not now' } } }));
  await save.click();
  await page.locator('.notice', { hasText: 'The server cannot do that now.' }).waitFor();
  await server.api('DELETE', `/rap/v1/concepts/${id}`);
  await close();
});

test('leaving while photos are saved stops after the one under way, and shows what was remembered', async () => {
  const { page, drop, close } = await openPage(server);
  await drop('.memory-page', ['flower.jpg', 'rocket.jpg']);
  const name = page.getByLabel('Name', { exact: true });
  await name.fill('Rose');
  await page.getByText('Different things').click();
  assert.equal(await name.inputValue(), 'Rose');
  await page.getByRole('button', { name: /^Photo 2/ }).click();
  await name.fill('Tulip');
  const gate = await hold(page, '**/rap/v1/concepts', 'POST');
  const save = page.getByRole('button', { name: 'Remember all 2' });
  await save.click();
  await page.getByRole('button', { name: /^Photo 1/ }).click();
  assert.ok(await save.isDisabled());
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Leave' }).click();
  await page.getByRole('dialog').first().waitFor({ state: 'detached' });
  gate.free();
  await page.getByRole('button', { name: 'Rose', exact: true }).waitFor();
  await page.locator('.notice', { hasText: 'Remembered Rose.' }).waitFor();
  assert.equal(gate.seen, 1);
  assert.equal(await byName('Tulip'), undefined);
  await server.api('DELETE', `/rap/v1/concepts/${(await byName('Rose')).id}`);
  await close();
});

test('photos go to a known concept once, and what is left of them stays seen', async () => {
  const { page, drop, close } = await openPage(server, { allowed: [409, 503] });
  const before = (await byName('Sam')).view_count;
  await drop('.memory-page', ['flower.jpg', 'rocket.jpg']);
  const name = page.getByLabel('Name', { exact: true });
  await name.fill('Brand-new');
  await page.locator('dialog summary', { hasText: 'More' }).click();
  await page.getByLabel('Also called').fill('Chelsea');
  await page.locator('dialog summary', { hasText: 'More' }).click();
  await page.getByRole('button', { name: 'Remember', exact: true }).click();
  await page.locator('.field', { hasText: 'Also called' }).locator('.error', { hasText: 'That name is taken.' }).waitFor();
  await page.getByLabel('Also called').fill('');
  await name.fill('Sam');
  await page.getByRole('button', { name: 'Remember', exact: true }).click();
  let asked = 0;
  await page.route('**/views', (route) => {
    asked += 1;
    return asked === 2 ? route.fulfill({ status: 503, json: { error: { code: 'unavailable', message: 'not now' } } }) : route.continue();
  });
  await page.getByRole('button', { name: 'Add them to Sam' }).dblclick();
  await page.locator('.notice', { hasText: 'The server cannot do that now.' }).waitFor();
  await page.locator('dialog .thumb').nth(1).waitFor({ state: 'detached' });
  assert.equal(asked, 2);
  await focused(page, '.thumb[aria-current]');
  assert.ok(await page.locator('dialog .crop-surface img').evaluate((image) => image.decode().then(() => true)));
  await page.getByRole('button', { name: 'Remove rocket.jpg' }).focus();
  await page.keyboard.press('Enter');
  await focused(page, '.drop-target .button');
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal((await byName('Sam')).view_count, before + 1);
  await server.api('POST', '/rap/v1/undo', {});
  await close();
});

test('the keyboard stays in the Add dialog while photos are chosen; a second finger leaves the box alone', async () => {
  const { page, context, choose, close } = await openPage(server);
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await choose(page.locator('.drop-target .button'), photo('flower.jpg'));
  await focused(page, '.thumb[aria-current]');
  const surface = page.locator('.crop-surface');
  await surface.hover();  // waits until the dialog has come to rest
  const bounds = await surface.boundingBox();
  const at = (x, y, id) => ({ x: bounds.x + bounds.width * x, y: bounds.y + bounds.height * y, id });
  const devtools = await context.newCDPSession(page);
  const touch = (type, ...touchPoints) => devtools.send('Input.dispatchTouchEvent', { type, touchPoints });
  await touch('touchStart', at(0.1, 0.1, 1));
  await touch('touchMove', at(0.5, 0.5, 1));
  await page.locator('.crop-surface.has-box').waitFor();
  const box = () => page.locator('.crop').getAttribute('style');
  const drawn = await box();
  await touch('touchStart', at(0.5, 0.5, 1), at(0.9, 0.9, 2));
  await touch('touchMove', at(0.5, 0.5, 1), at(0.95, 0.95, 2));
  assert.equal(await box(), drawn);
  await touch('touchEnd');
  assert.equal(await box(), drawn);
  await close();
});

test('search finds by name and by fact', async () => {
  const { page, close } = await openPage(server);
  await page.getByRole('button', { name: 'Sam', exact: true }).waitFor();
  await page.getByLabel('Search names and facts').fill('jazz');
  await page.waitForFunction(() => document.querySelectorAll('.card').length === 1);
  assert.equal(await page.locator('.card h2').textContent(), 'Chelsea');
  await page.getByLabel('Search names and facts').fill('submarine');
  await page.getByText('Nothing here fits “submarine”').waitFor();
  await close();
});

test('names, facts and file names that look like markup stay text', async () => {
  await server.api('POST', '/rap/v1/concepts', {
    name: kHostile, category: kHostile, info: kHostile, aliases: [`${kHostile}2`], attributes: { [kHostile]: kHostile },
    views: [{ photo: fs.readFileSync(photo('flower.jpg')).toString('base64') }],
  });
  const { page, choose, close } = await openPage(server);
  await page.getByRole('button', { name: kHostile, exact: true }).click();
  await page.locator('summary', { hasText: 'History' }).click();
  await page.locator('.sheet .step').first().waitFor();
  await page.keyboard.press('Escape');
  await page.locator('summary', { hasText: 'More' }).click();
  await page.getByRole('button', { name: 'History and undo' }).click();
  await page.locator('.step').first().waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await choose(page.getByRole('button', { name: 'Choose photos' }).last(), { name: `${kHostile}.jpg`, mimeType: 'image/jpeg', buffer: fs.readFileSync(photo('flower.jpg')) });
  await page.locator('.crop-surface').waitFor();
  await page.getByLabel('Search names and facts').fill(kHostile, { force: true }).catch(() => {});
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.locator('img[src="x"]').count(), 0);
  await close();
  await server.api('DELETE', `/rap/v1/concepts/${(await byName(kHostile)).id}`);
});

test('everything is exported, erased and imported again', async () => {
  const { page, choose, shoot, close } = await openPage(server);
  const before = (await concepts()).map((known) => known.name);
  await page.locator('summary', { hasText: 'More' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()]);
  const bundle = await download.path();
  assert.ok(fs.statSync(bundle).size > 0);

  await page.locator('summary', { hasText: 'More' }).click();
  await page.getByRole('button', { name: 'Erase everything' }).click();
  const erase = page.getByRole('dialog').getByRole('button', { name: 'Erase everything' });
  assert.ok(await erase.isDisabled());
  await page.getByLabel('Type “erase” to go on').fill('erase');
  await shoot('memory-erase');
  await erase.click();
  await page.getByText('Show it something you love').waitFor();
  assert.deepEqual(await concepts(), []);

  await page.locator('summary', { hasText: 'More' }).click();
  await page.getByRole('button', { name: 'Import' }).click();
  await choose(page.getByRole('button', { name: 'Choose a file' }), { name: 'memory.rap', mimeType: 'application/octet-stream', buffer: fs.readFileSync(bundle) });
  await page.locator('.result', { hasText: `${before.length} things imported.` }).waitFor();
  await page.keyboard.press('Escape');
  assert.deepEqual((await concepts()).map((known) => known.name), before);
  await close();
});

test('a zip of folders is imported, with its progress, and what cannot be read in it is named', async () => {
  const { page, choose, shoot, checkAccessibility, close } = await openPage(server);
  const zip = zipOf({
    'things/Coffee/1.jpg': fs.readFileSync(photo('coffee.jpg')),
    'things/Coffee/concept.json': JSON.stringify({ category: 'cup', info: 'Coffee is for the morning.' }),
    'things/花/1.jpg': fs.readFileSync(photo('flower.jpg')),
    'things/花/2.jpg': 'no photo',
    'things/Nobody/1.jpg': 'no photo either',
  });
  await page.locator('summary', { hasText: 'More' }).click();
  await page.getByRole('button', { name: 'Import' }).click();
  const steps = await page.evaluateHandle(() => {
    const seen = [];
    new MutationObserver(() => seen.push(document.querySelector('.transfer-state .hint')?.textContent)).observe(document.querySelector('.transfer-state'), { childList: true, subtree: true });
    return seen;
  });
  await choose(page.getByRole('button', { name: 'Choose a file' }), { name: 'things.zip', mimeType: 'application/zip', buffer: zip });
  await page.locator('.result', { hasText: 'Done. Things remembered: 2.' }).waitFor();
  const seen = await steps.jsonValue();
  const done = seen.map((text) => Number(/^(\d) of 3 things$/.exec(text)?.[1] ?? NaN)).filter((count) => !Number.isNaN(count));
  assert.deepEqual(done, [...done].sort(), 'progress goes back');
  assert.ok(done.at(0) < 3 && done.at(-1) === 3, `${seen}`);
  const failures = await page.locator('.failures li').allTextContents();
  assert.deepEqual(failures.map((text) => text.split(' ')[0]).sort(), ['Nobody/1.jpg', '花/2.jpg']);
  assert.match(failures[0], /That kind of file cannot be read\./);
  await checkAccessibility('import');
  await shoot('memory-import');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '花', exact: true }).waitFor();
  const coffee = await byName('Coffee');
  assert.deepEqual([coffee.category, coffee.info, coffee.view_count], ['cup', 'Coffee is for the morning.', 1]);
  assert.equal((await byName('花')).view_count, 1);
  assert.equal(await byName('Nobody'), undefined);
  await close();
});

test('an import goes on when its dialog is closed, and its end is told', async () => {
  const { page, choose, close } = await openPage(server);
  await page.locator('summary', { hasText: 'More' }).click();
  await page.getByRole('button', { name: 'Import' }).click();
  await page.route('**/events', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await route.continue();
  });
  await choose(page.getByRole('button', { name: 'Choose a file' }), { name: 'one.zip', mimeType: 'application/zip', buffer: zipOf({ 'Rocket/1.jpg': fs.readFileSync(photo('rocket.jpg')) }) });
  await page.keyboard.press('Escape');
  await page.locator('.notice', { hasText: 'Done. Things remembered: 1.' }).waitFor();
  await page.getByRole('button', { name: 'Rocket', exact: true }).waitFor();
  await close();
});

test('what only looks like a zip says so', async () => {
  const { page, choose, close } = await openPage(server);
  await page.locator('summary', { hasText: 'More' }).click();
  await page.getByRole('button', { name: 'Import' }).click();
  await choose(page.getByRole('button', { name: 'Choose a file' }), { name: 'things.zip', mimeType: 'application/zip', buffer: Buffer.from(`PK\u0003\u0004${'?'.repeat(1000)}`) });
  await page.locator('.result', { hasText: 'The import failed. Things remembered: 0.' }).waitFor();
  await page.locator('.failures', { hasText: 'That kind of file cannot be read.' }).waitFor();
  await close();
});

test('a bundle that is imported after its dialog was closed is told of, and the keyboard stays in the dialog', async () => {
  const bundle = Buffer.from(await (await fetch(`${server.url}/rap/v1/export`)).arrayBuffer());
  const { page, choose, close } = await openPage(server, { allowed: [400, 422] });
  const open = async () => {
    await page.locator('summary', { hasText: 'More' }).click();
    await page.getByRole('button', { name: 'Import' }).click();
  };
  await open();
  await choose(page.getByRole('button', { name: 'Choose a file' }), { name: 'bad.rap', mimeType: 'application/octet-stream', buffer: Buffer.from('no bundle') });
  await page.locator('.notice.bad').waitFor();
  await focused(page, '.file-button .button');
  const gate = await hold(page, '**/rap/v1/import*', 'POST');
  await choose(page.getByRole('button', { name: 'Choose a file' }), { name: 'memory.rap', mimeType: 'application/octet-stream', buffer: bundle });
  await focused(page, '.transfer-state');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await focused(page, '.menu > summary');
  gate.free();
  await page.locator('.notice', { hasText: '0 things imported.' }).waitFor();
  await close();
});

test('a long list keeps its pages and the keyboard its place; another search is not mixed with it', async () => {
  for (let i = 0; i < 60; i += 1) await server.api('POST', '/rap/v1/concepts', { name: `Many ${String(i).padStart(2, '0')}`, category: 'crowd' });
  const { page, close } = await openPage(server);
  const all = (await server.api('GET', '/rap/v1/concepts?limit=500')).concepts.length;
  const more = page.getByRole('button', { name: 'Show more' });
  const search = page.getByLabel('Search names and facts');
  const cards = (count) => page.waitForFunction((wanted) => document.querySelectorAll('.card').length === wanted, count);
  await more.focus();
  await page.keyboard.press('Enter');
  await cards(all);
  await focused(page, 'li:nth-child(51) .card-open');
  await page.getByRole('button', { name: 'Many 59', exact: true }).click();
  await page.getByLabel('What it is').fill('last');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.locator('.card-category', { hasText: 'last' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Many 59');
  await cards(all);

  await page.reload();
  await more.waitFor();
  const gate = await hold(page, '**/rap/v1/concepts?*search=*', 'GET');
  await search.fill('Many 59');
  await more.waitFor({ state: 'hidden' });
  gate.free();
  await page.locator('li:first-child .card-open', { hasText: 'Many 59' }).waitFor();
  await close();
});

test('a memory that does not load says so in its place, and tries again', async () => {
  const { page, close } = await openPage(server, { tab: 'chat', allowed: [503] });
  await page.route('**/rap/v1/concepts?*', (route) => route.fulfill({ status: 503, json: { error: { message: 'not now' } } }));
  await page.locator('[data-tab="memory"]').click();
  await page.locator('.nothing', { hasText: 'The server cannot do that now.' }).waitFor();
  await page.unroute('**/rap/v1/concepts?*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('.card').first().waitFor();
  await focused(page, '#main');
  await close();
});
