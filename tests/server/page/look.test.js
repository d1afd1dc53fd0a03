// SPDX-License-Identifier: Apache-2.0
// Every tab on phone and desktop, light and dark, in both languages: pictures of it, and a check of its accessibility.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { desktop, openPage, phone } from './support/browser.js';
import { startServer } from './support/server.js';

const kTabs = ['memory', 'chat', 'library', 'settings'];

let server;
before(async () => {
  server = await startServer();
  await server.remember();
});
after(() => server?.stop());

for (const locale of ['en-GB', 'zh-CN']) {
  for (const [size, viewport] of Object.entries({ desktop, phone })) {
    test(`${size}, ${locale}: no tab keeps people out or sticks out, in either theme`, async () => {
      const { page, shoot, checkAccessibility, checkFits, close } = await openPage(server, { viewport, locale });
      for (const tab of kTabs) {
        await page.locator(`[data-tab="${tab}"]`).click();
        await page.locator(`.${tab}-page`).waitFor();
        await page.waitForLoadState('networkidle');
        for (const colorScheme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme });
          await checkAccessibility(`${tab} ${size} ${colorScheme} ${locale}`);
          await shoot(['look', tab, size, colorScheme, locale.slice(0, 2)].join('-'));
        }
        await checkFits(`${tab} ${size} ${locale}`);
      }
      await close();
    });
  }
}

test('dialogs keep nobody out', async () => {
  const { page, checkAccessibility, checkFits, close } = await openPage(server, { viewport: phone });
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await page.getByRole('button', { name: 'Chelsea', exact: true }).click();
    await page.locator('.sheet .view').waitFor();
    await checkAccessibility(`concept ${colorScheme}`);
    await checkFits('concept');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await checkAccessibility(`add ${colorScheme}`);
    await page.keyboard.press('Escape');
  }
  await close();
});

test('the whole page is reached by keyboard, and the focus is always somewhere sensible', async () => {
  const { page, close } = await openPage(server);
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.getAttribute('aria-label'));
  await page.getByRole('button', { name: 'Chelsea', exact: true }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Skip to content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await page.getByRole('button', { name: 'Chelsea', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.locator('.sheet .view').waitFor();
  assert.ok(await page.evaluate(() => document.querySelector('dialog').contains(document.activeElement)));
  await page.keyboard.press('Escape');
  assert.equal(await focused(), 'Chelsea');
  await page.getByRole('link', { name: 'Chat' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Chat' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  assert.equal(await page.title(), 'Chat · rap');

  // Back closes a dialog before it leaves the tab.
  await page.getByRole('link', { name: 'Memory' }).click();
  await page.getByRole('button', { name: 'Chelsea', exact: true }).click();
  await page.locator('.sheet .view').waitFor();
  await page.evaluate(() => window.history.back());
  await page.locator('dialog').waitFor({ state: 'detached' });
  assert.equal(await page.title(), 'Memory · rap');
  await page.evaluate(() => window.history.back());
  await page.getByRole('heading', { name: 'Chat' }).waitFor();
  await close();
});

test('motion rests for those who asked for it', async () => {
  const { page, close } = await openPage(server);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const duration = await page.locator('dialog').evaluate((node) => getComputedStyle(node).animationDuration);
  assert.ok(Number.parseFloat(duration) <= 0.01, duration);
  await close();
});
