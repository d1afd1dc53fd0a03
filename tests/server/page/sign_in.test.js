// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage } from './support/browser.js';
import { photo, startServer } from './support/server.js';

let server;
before(async () => {
  server = await startServer({ key: true });
  await server.remember(['Chelsea']);
});
after(() => server?.stop());

async function signIn(page, key) {
  await page.getByLabel('Key').fill(key);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Memory' }).waitFor();
}

test('without a key the page shows nothing; with it, the memory; signed out, nothing again', async () => {
  const { page, context, shoot, checkAccessibility, close } = await openPage(server, { allowed: [401] });
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  await checkAccessibility('sign-in');
  await shoot('sign-in');
  await page.getByLabel('Key').fill('rap_wrong');
  await page.keyboard.press('Enter');
  await page.getByText('That key does not open this memory').waitFor();
  await page.getByLabel('Key').fill(server.firstKey);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Chelsea', exact: true }).waitFor();
  const [cookie] = await context.cookies();
  assert.deepEqual([cookie.name, cookie.httpOnly, cookie.sameSite], ['rap_session', true, 'Strict']);
  assert.ok(!JSON.stringify(await page.evaluate(() => ({ ...localStorage, ...sessionStorage }))).includes('rap_' + server.firstKey.slice(4)));

  await page.reload();
  await page.getByRole('button', { name: 'Chelsea', exact: true }).waitFor();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  assert.equal(await page.getByText('Chelsea').count(), 0);
  await close();
});

test('a session that ends while the page is open leads to the key; the work is kept, for the same owner only', async () => {
  const { page, context, drop, close } = await openPage(server, { allowed: [401] });
  const endSession = async () => {
    await context.clearCookies();
    await page.getByRole('link', { name: 'Memory' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    assert.equal(await page.locator('.library-row, .card').count(), 0);
  };
  await signIn(page, server.firstKey);
  await page.getByRole('link', { name: 'Library' }).click();
  await drop('.library-page', ['flower.jpg']);
  await page.locator('.library-row').waitFor();
  await endSession();
  await signIn(page, server.firstKey);
  await page.getByRole('link', { name: 'Library' }).click();
  await page.locator('.library-row', { hasText: 'flower.jpg' }).waitFor();
  await endSession();
  await signIn(page, server.keyOf('anna'));
  await page.getByRole('link', { name: 'Library' }).click();
  await page.getByText('Captions for a whole folder').waitFor();
  assert.equal(await page.locator('.library-row').count(), 0);
  await close();
});

test('a session that ends while something is being saved: the dialog is there again, for the same owner only', async () => {
  const { page, context, choose, close } = await openPage(server, { allowed: [401] });
  const dialog = page.getByRole('dialog', { name: 'Remember something' });
  const saveWithoutSession = async (name) => {
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await choose(dialog.getByRole('button', { name: 'Choose photos' }), photo('flower.jpg'));
    await dialog.locator('.crop-surface').waitFor();
    await dialog.getByLabel('Name').fill(name);
    await context.clearCookies();
    await dialog.getByRole('button', { name: 'Remember' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    assert.equal(await page.locator('dialog').count(), 0);
  };
  await signIn(page, server.firstKey);
  await saveWithoutSession('Tulip');
  await signIn(page, server.firstKey);
  await dialog.locator('.crop-surface').waitFor();
  assert.equal(await dialog.getByLabel('Name').inputValue(), 'Tulip');
  await dialog.getByRole('button', { name: 'Remember' }).click();
  await page.getByRole('button', { name: 'Tulip', exact: true }).waitFor();
  await saveWithoutSession('Secret');
  await signIn(page, server.keyOf('berta'));
  await page.locator('#owner', { hasText: 'berta' }).waitFor();
  assert.equal(await page.locator('dialog').count(), 0);
  await page.getByRole('link', { name: 'Settings' }).click();
  await context.clearCookies();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  await close();
});

test('whoever signs in or out in one tab does so in all', async () => {
  const { page, context, close } = await openPage(server, { tab: 'chat', allowed: [401] });
  const bob = server.keyOf('bob');
  await signIn(page, server.firstKey);
  await page.getByLabel('Question', { exact: true }).fill('Not for Bob');
  const other = await context.newPage();
  await other.goto(`${server.url}/#settings`);
  const signInAnew = async (key) => {
    await context.clearCookies();
    await other.reload();
    await signIn(other, key);
  };
  const read = page.waitForResponse('**/rap/v1/session');
  await signInAnew(server.firstKey);
  await read;
  assert.equal(await page.getByLabel('Question', { exact: true }).inputValue(), 'Not for Bob');
  await signInAnew(bob);
  await page.locator('#owner', { hasText: 'bob' }).waitFor();
  assert.equal(await page.getByLabel('Question', { exact: true }).inputValue(), '');
  await other.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
  await signIn(other, bob);
  await page.locator('#owner', { hasText: 'bob' }).waitFor();
  await close();
});

test('a write whose token is out of date is repeated, but never into the memory of another', async () => {
  const { page, context, close } = await openPage(server, { tab: 'settings', allowed: [401, 403] });
  const signInUnnoticed = (key) => context.request.post(`${server.url}/rap/v1/session`, { data: { key } });
  const writeSomething = async () => page.getByLabel('Or choose by how rarely it may err').selectOption('0.01');
  const bob = server.keyOf('bob');
  await signIn(page, server.firstKey);
  await page.locator('.threshold-slider').waitFor();
  await signInUnnoticed(server.firstKey);
  await writeSomething();
  await page.getByText('Saved.').first().waitFor();
  await signInUnnoticed(bob);
  await writeSomething();
  await page.locator('#owner', { hasText: 'bob' }).waitFor();
  await page.locator('.threshold-slider:enabled').waitFor();
  await close();
});

test('a key that may only read gets a page without buttons that change', async () => {
  const { key } = await server.api('POST', '/rap/v1/keys', { name: 'frame', scopes: ['read'] });
  const { page, close } = await openPage(server, { allowed: [401] });
  await page.getByLabel('Key').fill(key);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Chelsea', exact: true }).click();
  await page.locator('.sheet .view').waitFor();
  for (const name of ['Forget', 'Add a photo', 'Remove this photo', 'Add']) {
    assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name);
  }
  await close();
});
