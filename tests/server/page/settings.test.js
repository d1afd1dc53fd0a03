// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage } from './support/browser.js';
import { photo, startServer } from './support/server.js';

let server;
before(async () => {
  server = await startServer();
  await server.remember();
});
after(() => server?.stop());

const settings = () => server.api('GET', '/rap/v1/settings');

/** Waits until the stored settings are as wished. */
async function untilStored(isWished) {
  for (let tries = 0; tries < 100 && !isWished(await settings()); tries += 1) await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(isWished(await settings()), JSON.stringify(await settings()));
}

test('the threshold moves matches between named and not named, without asking the server again', async () => {
  const { page, choose, shoot, close } = await openPage(server, { tab: 'settings' });
  let looks = 0;
  page.on('request', (request) => { if (request.url().endsWith('/recognize')) looks += 1; });
  await choose(page.getByRole('button', { name: 'Choose a photo' }), photo('composed-coffee-and-cookie-box.jpg'));
  const named = page.locator('.result-group', { hasText: 'Would be named' }).locator('li.match');
  await named.nth(1).waitFor();
  await shoot('settings-threshold');
  const slider = page.getByLabel('How sure before a name is used');
  await slider.fill('0.9');
  await named.nth(1).waitFor({ state: 'detached' });
  assert.match(await named.textContent(), /Rosso/);
  assert.match(await page.locator('.result-group li.near').first().textContent(), /Bastoncini/);
  assert.equal(await page.locator('.stage .mark.match').count(), 1);
  await slider.focus();
  await page.keyboard.press('End');
  await page.getByText('Would be named').waitFor({ state: 'detached' });
  assert.equal(looks, 1);
  await slider.fill('0.6');
  await untilStored(({ threshold }) => threshold === 0.6);
  await close();
});

test('the threshold may follow the largest false rate, then the slider rests', async () => {
  const { page, choose, close } = await openPage(server, { tab: 'settings' });
  await choose(page.getByRole('button', { name: 'Choose a photo' }), photo('composed-chelsea.jpg'));
  await page.locator('.result-group').first().waitFor();
  await page.getByLabel('Or choose by how rarely it may err').selectOption('0.01');
  await page.getByText('Saved.').first().waitFor();
  assert.equal((await settings()).max_false_rate, 0.01);
  assert.ok(await page.getByLabel('How sure before a name is used').isDisabled());
  await page.getByLabel('Or choose by how rarely it may err').selectOption('');
  await page.waitForFunction(() => !document.querySelector('.threshold-slider').disabled);
  assert.equal((await settings()).max_false_rate, null);
  await close();
});

test('the model and faces are chosen, and the page says what may leave the machine', async () => {
  const { page, close } = await openPage(server, { tab: 'settings' });
  await page.getByText('The model runs on the machine of this server').waitFor();
  const { models, faces } = await settings();
  await page.getByLabel('Model').selectOption(models.at(-1));
  await page.getByText('Saved.').first().waitFor();
  assert.equal((await settings()).model, models.at(-1));
  await server.api('PATCH', '/rap/v1/settings', { model: models[0] });
  const toggle = page.getByRole('switch', { name: 'Recognise people by their face' });
  if (faces.available) {
    await toggle.click({ force: true });
    await page.getByText(/can be recognised by face/).waitFor();
    assert.equal((await settings()).faces.on, true);
  } else {
    assert.ok(await toggle.isDisabled());
  }
  await close();
});

test('without the face model the switch rests and says why, but lets faces be switched off', async () => {
  const { page, close } = await openPage(server);
  const stored = await settings();
  const pretend = async (on) => {
    await page.unroute('**/rap/v1/settings');
    await page.route('**/rap/v1/settings', (route) => route.fulfill({ json: { ...stored, faces: { ...stored.faces, available: false, on } } }));
    await page.goto(`${server.url}/#memory`);
    await page.goto(`${server.url}/#settings`);
  };
  // The tab keeps what it showed until the settings arrive, so the switch is awaited in its whole state.
  const toggle = (state) => page.getByRole('switch', { name: 'Recognise people by their face', ...state });
  await pretend(false);
  await toggle({ checked: false, disabled: true }).waitFor();
  await page.getByText('The face model is not installed on this server.').waitFor();
  await pretend(true);
  await toggle({ checked: true, disabled: false }).waitFor();
  await page.getByText('The face model is not installed on this server.').waitFor();
  await close();
});

test('a key is made, shown once, copied and revoked', async () => {
  const { page, shoot, checkAccessibility, close } = await openPage(server, { tab: 'settings' });
  await page.getByRole('button', { name: 'Make a key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('What it is for').fill('<b>kitchen</b> tablet');
  await dialog.getByLabel('It may').selectOption('write');
  await dialog.getByRole('button', { name: 'Make a key' }).dblclick();
  const value = page.getByLabel('Key', { exact: true });
  const key = await value.inputValue();
  assert.match(key, /^rap_[A-Za-z0-9_-]{43}$/);
  await checkAccessibility('key');
  await shoot('settings-key');
  await page.mouse.click(2, 2);
  await page.getByRole('dialog', { name: 'Close without copying the key?' }).getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await value.inputValue(), key);
  await page.getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key);
  await page.keyboard.press('Escape');
  const answer = () => fetch(`${server.url}/rap/v1/concepts`, { headers: { Authorization: `Bearer ${key}` } });
  assert.equal((await answer()).status, 200);
  const row = page.locator('.key', { hasText: '<b>kitchen</b> tablet' });
  assert.equal(await row.count(), 1);
  assert.match(await row.textContent(), /read and write/);
  await row.getByRole('button', { name: /^Revoke/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await row.getByText(/revoked/).waitFor();
  await page.getByRole('button', { name: 'Make a key' }).and(page.locator(':focus')).waitFor();
  assert.equal((await answer()).status, 401);
  await close();
});

test('what could not be saved is not shown as if it were, and changes are saved one after the other', async () => {
  const { page, close } = await openPage(server, { tab: 'settings', allowed: [503] });
  const before = await settings();
  const rate = page.getByLabel('Or choose by how rarely it may err');
  const slider = page.getByLabel('How sure before a name is used');
  await rate.waitFor();
  await page.route('**/rap/v1/settings', (route) => route.fulfill({ status: 503, json: { error: { code: 'io', message: 'the disk is full' } } }));
  await rate.selectOption('0.05');
  await page.locator('.notice.bad', { hasText: 'The disk is full' }).waitFor();
  assert.equal(await rate.inputValue(), '');
  await slider.fill('0.9');
  await page.waitForFunction((value) => document.querySelector('.threshold-slider').value === value, String(before.threshold));
  await page.unroute('**/rap/v1/settings');

  let release;
  const released = new Promise((resolve) => { release = resolve; });
  let asked = 0;
  await page.route('**/rap/v1/settings', async (route) => {
    asked += 1;
    await released;
    return route.continue();
  });
  const first = page.waitForRequest('**/rap/v1/settings');
  const second = page.waitForResponse((response) => response.request().postDataJSON()?.max_false_rate === 0.1);
  await rate.selectOption('0.05');
  await rate.selectOption('0.1');
  await first;
  assert.equal(asked, 1);
  release();
  await second;
  await untilStored((stored) => stored.max_false_rate === 0.1);
  assert.equal(await rate.inputValue(), '0.1');
  await server.api('PATCH', '/rap/v1/settings', { max_false_rate: null });
  await close();
});

test('what is saved keeps the keyboard where it is', async () => {
  const { page, close } = await openPage(server, { tab: 'settings' });
  const { models, faces } = await settings();
  const change = async (control, action) => {
    await control.focus();
    await control.evaluate((node) => node.classList.add('before'));
    await action();
    await control.and(page.locator(':focus:not(.before)')).waitFor();
  };
  const model = page.getByLabel('Model');
  const toggle = page.getByRole('switch', { name: 'Recognise people by their face' });
  await change(model, () => model.selectOption(models.at(-1)));
  if (faces.available) await change(toggle, () => page.keyboard.press('Space'));
  await server.api('PATCH', '/rap/v1/settings', { model: models[0] });
  await close();
});

test('of two photos that are chosen quickly the second is shown, and the keyboard stays', async () => {
  const { page, choose, drop, close } = await openPage(server, { tab: 'settings' });
  await page.evaluate(() => {
    const decode = window.createImageBitmap;
    let opened = 0;
    window.createImageBitmap = async (...values) => {
      opened += 1;
      if (opened > 1) return decode(...values);
      await new Promise((resolve) => { window.openFirst = resolve; });
      const first = await decode(...values);
      window.isFirstOpen = true;
      return first;
    };
  });
  await drop('.threshold-picture', ['flower.jpg']);
  await page.waitForFunction(() => window.openFirst);
  await page.getByRole('button', { name: 'Choose a photo' }).focus();
  await choose(page.getByRole('button', { name: 'Choose a photo' }), photo('composed-chelsea.jpg'));
  await page.locator('.stage .mark.match').waitFor();
  await page.getByRole('button', { name: 'Another photo' }).and(page.locator(':focus')).waitFor();
  await page.evaluate(() => window.openFirst());
  await page.waitForFunction(() => window.isFirstOpen);
  assert.equal(await page.locator('.stage img').getAttribute('alt'), 'composed-chelsea.jpg');
  await close();
});

test('where no key is needed, signing out begins anew', async () => {
  const { page, close } = await openPage(server, { tab: 'settings' });
  await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Sign out' }).click()]);
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  await close();
});

test('language and theme are switched and remembered', async () => {
  const { page, close } = await openPage(server, { tab: 'settings' });
  await page.getByLabel('Language').selectOption('zh');
  await page.getByRole('heading', { name: '设置' }).waitFor();
  assert.equal(await page.getAttribute('html', 'lang'), 'zh');
  await page.getByLabel('主题').selectOption('dark');
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await paper();
  await page.reload();
  await page.getByRole('heading', { name: '设置' }).waitFor();
  assert.equal(await paper(), dark);
  await page.getByLabel('主题').selectOption('light');
  assert.notEqual(await paper(), dark);
  await close();
});

test('a Chinese browser gets a Chinese page', async () => {
  const { page, close } = await openPage(server, { tab: 'chat', locale: 'zh-CN' });
  await page.getByRole('heading', { name: '对话' }).waitFor();
  await close();
});
