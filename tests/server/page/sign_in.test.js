// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openPage } from './support/browser.js';
import { startServer } from './support/server.js';

let server;
before(async () => {
  server = await startServer({ key: true });
  await server.remember(['Chelsea']);
});
after(() => server?.stop());

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
  const signIn = async (key) => {
    await page.getByLabel('Key').fill(key);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Memory' }).waitFor();
  };
  const endSession = async () => {
    await context.clearCookies();
    await page.getByRole('link', { name: 'Memory' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    assert.equal(await page.locator('.library-row, .card').count(), 0);
  };
  await signIn(server.firstKey);
  await page.getByRole('link', { name: 'Library' }).click();
  await drop('.library-page', ['flower.jpg']);
  await page.locator('.library-row').waitFor();
  await endSession();
  await signIn(server.firstKey);
  await page.getByRole('link', { name: 'Library' }).click();
  await page.locator('.library-row', { hasText: 'flower.jpg' }).waitFor();
  await endSession();
  await signIn(server.keyOf('anna'));
  await page.getByRole('link', { name: 'Library' }).click();
  await page.getByText('Captions for a whole folder').waitFor();
  assert.equal(await page.locator('.library-row').count(), 0);
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
