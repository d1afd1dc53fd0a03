// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium with an empty profile, and a watch over everything that must not happen on the page.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { chromium } from 'playwright-core';
import { photo } from './server.js';

const repository = process.env.RAP_SOURCE_DIR ?? path.resolve(import.meta.dirname, '../../../..');
const artefacts = process.env.RAP_ARTEFACTS ?? path.join(repository, 'build', 'page-screenshots');
const axe = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const kFlags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** An answer of the model takes seconds, on a busy machine more. */
const kAnswerMs = 180_000;

export const desktop = { width: 1280, height: 860 };
export const phone = { width: 360, height: 740 };

// A test that fails does not come to its close(), and the browser that it leaves would keep its file from ending.
const profiles = new Map();
after(() => Promise.all([...profiles.keys()].map(quit)));

async function quit(context) {
  const profile = profiles.get(context);
  if (!profiles.delete(context)) return;
  await context.close();
  fs.rmSync(profile, { recursive: true, force: true });
}

/**
 * Opens the page of `server`. What went wrong is collected; close() fails if there was anything. `allowed` lists HTTP
 * statuses that a test provokes.
 */
export async function openPage(server, { tab = 'memory', viewport = desktop, colorScheme = 'light', locale = 'en-GB', allowed = [] } = {}) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'rap-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.RAP_CHROMIUM ?? '/usr/bin/chromium', headless: true, args: kFlags, viewport, colorScheme, locale, acceptDownloads: true,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  profiles.set(context, profile);
  const page = context.pages()[0];
  page.setDefaultTimeout(30_000);
  const problems = [];
  const isAllowed = (text) => allowed.some((status) => text.includes(`status of ${status}`));
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type()) && !isAllowed(message.text())) problems.push(`console: ${message.text()}`); });
  page.on('pageerror', (error) => problems.push(`script: ${error.message}`));
  page.on('requestfailed', (request) => { if (request.failure()?.errorText !== 'net::ERR_ABORTED') problems.push(`failed: ${request.url()} ${request.failure()?.errorText}`); });
  page.on('response', (response) => { if (response.status() >= 400 && !allowed.includes(response.status())) problems.push(`${response.status()}: ${response.url()}`); });
  page.on('request', (request) => { if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(server.url)) problems.push(`left the machine: ${request.url()}`); });
  await page.goto(`${server.url}/#${tab}`);

  return {
    page,
    context,
    kAnswerMs,

    /** Presses what opens a file chooser and chooses `files`: paths, or {name, mimeType, buffer}. */
    async choose(locator, files) {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), locator.click()]);
      await chooser.setFiles(files);
    },

    /** Drops example photos onto an element. */
    async drop(selector, names) {
      await page.locator(selector).waitFor();
      const files = names.map((name) => ({ name, data: fs.readFileSync(photo(name)).toString('base64') }));
      await page.evaluate(([target, list]) => {
        const transfer = new DataTransfer();
        for (const { name, data } of list) {
          const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
          transfer.items.add(new File([bytes], name, { type: 'image/jpeg' }));
        }
        const node = document.querySelector(target);
        for (const kind of ['dragenter', 'dragover', 'drop']) node.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
      }, [selector, files]);
    },

    /** What the page last said to screen readers. */
    said: () => page.locator('.announcer').last().textContent(),

    /** Keeps a picture of what is seen. */
    async shoot(name) {
      fs.mkdirSync(artefacts, { recursive: true });
      await page.waitForTimeout(350);  // transitions
      await page.screenshot({ path: path.join(artefacts, `${name}.png`) });
    },

    /** Looks for what keeps people out, in the page as it is now. */
    async checkAccessibility(where) {
      await page.waitForTimeout(350);
      // Through the debugger, since the page's own policy allows no other scripts.
      const { violations } = await page.evaluate(`${axe}; axe.run(document, { resultTypes: ['violations'] })`);
      const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
      assert.deepEqual(serious.map(({ id, nodes }) => ({ id, where, nodes: nodes.map(({ html, failureSummary }) => [html, failureSummary]) })), []);
    },

    /** Nothing may stick out to the side. */
    async checkFits(where) {
      const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      assert.ok(inner <= outer, `${where}: ${inner} px in ${outer} px`);
    },

    async close() {
      await quit(context);
      assert.deepEqual(problems, []);
    },
  };
}
