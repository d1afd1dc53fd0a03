// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { openPage } from './support/browser.js';
import { photo, startServer } from './support/server.js';

let server;
before(async () => {
  server = await startServer();
  await server.remember();
});
beforeEach(() => server.api('PATCH', '/rap/v1/settings', { threshold: 0.5 }));
after(() => server?.stop());

/** Asks about example photos (none: a follow-up) and waits for the whole answer. */
async function ask({ page, choose, kAnswerMs }, question, names = []) {
  if (names.length > 0) await choose(page.getByRole('button', { name: 'Add photos' }), names.map(photo));
  const turns = await page.locator('.turn').count();
  await page.getByLabel('Question', { exact: true }).fill(question);
  await page.keyboard.press('Enter');
  const turn = page.locator('.turn').nth(turns);
  await turn.locator('.panel').waitFor({ timeout: kAnswerMs });
  return turn;
}

test('a photo is asked about: names over it, evidence on hover and on focus, cards used', async () => {
  const view = await openPage(server, { tab: 'chat' });
  const { page, shoot, checkAccessibility, close } = view;
  await shoot('chat-empty');
  const turn = await ask(view, 'Who is in this photo?', ['composed-chelsea-and-collins.jpg']);
  assert.ok((await turn.locator('.answer-text').textContent()).length > 0);
  assert.deepEqual((await turn.locator('.cards-used .chip').allTextContents()).sort(), ['Chelsea', 'Eileen Collins']);
  const chelsea = turn.getByRole('button', { name: /^Chelsea \d+.*%, recognised/ });
  const card = turn.locator('.mark.match', { hasText: 'Chelsea' }).getByRole('tooltip', { includeHidden: true });
  assert.ok(!(await card.isVisible()));
  await chelsea.hover();
  await card.waitFor();
  assert.match(await card.textContent(), /Recognised.*Chelsea.*%.*Looks like it.*%/);
  await shoot('chat-answer');
  await page.mouse.move(2, 2);
  await card.waitFor({ state: 'hidden' });
  await chelsea.focus();
  await card.waitFor();
  await page.keyboard.press('Escape');
  await card.waitFor({ state: 'hidden' });
  await checkAccessibility('answer');
  await close();
});

test('a conversation goes on, with the photos before and with several more', async () => {
  const view = await openPage(server, { tab: 'chat' });
  await ask(view, 'Who is this?', ['composed-chelsea.jpg']);
  const second = await ask(view, 'What does Chelsea like?');
  assert.deepEqual(await second.locator('.cards-used .chip').allTextContents(), ['Chelsea']);
  const third = await ask(view, 'And what is in these?', ['composed-coffee.jpg', 'flower.jpg']);
  assert.equal(await third.locator('.stage').count(), 2);
  assert.equal(await third.locator('.stage').first().locator('.mark.match').count(), 1);
  assert.equal(await third.locator('.stage').last().locator('.mark').count(), 0);
  await view.shoot('chat-several');
  await view.page.getByRole('button', { name: 'New conversation' }).click();
  assert.equal(await view.page.locator('.turn').count(), 0);
  await view.close();
});

test('with and without memory stand side by side', async () => {
  const view = await openPage(server, { tab: 'chat' });
  const { page, kAnswerMs } = view;
  await page.getByRole('switch', { name: 'Compare with the answer without memory' }).click({ force: true });
  const turn = await ask(view, 'Who is in this photo?', ['composed-chelsea.jpg']);
  await turn.locator('.lane.bare[aria-busy="false"]').waitFor({ timeout: kAnswerMs });
  const bare = await turn.locator('.lane.bare .answer-text').textContent();
  assert.ok(bare.length > 0);
  assert.ok(!bare.includes('Chelsea'), bare);
  assert.match(await turn.locator('.lane.memory .answer-text').textContent(), /Chelsea/);
  await view.shoot('chat-compare');
  await view.close();
});

test('a near miss that is confirmed counts in the next answer', async () => {
  await server.api('PATCH', '/rap/v1/settings', { threshold: 0.7 });
  const view = await openPage(server, { tab: 'chat' });
  const { page, kAnswerMs } = view;
  const turn = await ask(view, 'What is this?', ['rocket.jpg']);
  assert.equal(await turn.locator('.seen-row.match').count(), 0);
  await view.shoot('chat-near-miss');
  await turn.getByRole('button', { name: 'This is Falcon', exact: true }).click();
  await turn.getByText('Noted: this is Falcon.').waitFor();
  await turn.getByRole('button', { name: 'Ask again' }).click();
  await turn.locator('.seen-row.match', { hasText: 'Falcon' }).waitFor({ timeout: kAnswerMs });
  assert.deepEqual(await turn.locator('.cards-used .chip').allTextContents(), ['Falcon']);
  await server.api('POST', '/rap/v1/undo');
  await view.close();
});

test('a wrong match that is denied is gone in the next answer, and undo takes the denial back', async () => {
  const view = await openPage(server, { tab: 'chat' });
  const { kAnswerMs } = view;
  const turn = await ask(view, 'What is this?', ['composed-coffee.jpg']);
  await turn.getByRole('button', { name: 'This is not Rosso', exact: true }).click();
  await turn.getByText('Noted: this is not Rosso.').waitFor();
  await turn.getByRole('button', { name: 'Ask again' }).click();
  await turn.locator('.cards-used.none').waitFor({ timeout: kAnswerMs });
  await server.api('POST', '/rap/v1/undo');

  const again = await ask(view, 'And now?');
  assert.deepEqual(await again.locator('.cards-used .chip').allTextContents(), ['Rosso']);
  await again.locator('summary').click();
  await again.getByRole('button', { name: 'This is not Rosso', exact: true }).click();
  await again.getByRole('button', { name: 'Undo' }).click();
  await again.getByRole('button', { name: 'This is not Rosso', exact: true }).waitFor();
  const { concepts } = await server.api('GET', '/rap/v1/concepts?search=Rosso');
  assert.equal(concepts[0].counter_example_count, 0);
  await view.close();
});

test('something unknown in a photo is named and recognised from then on', async () => {
  const view = await openPage(server, { tab: 'chat' });
  const { page, kAnswerMs } = view;
  const turn = await ask(view, 'What is this?', ['raccoon.jpg']);
  await turn.getByRole('button', { name: 'Name something in this photo' }).click();
  const dialog = page.getByRole('dialog', { name: 'What is this?' });
  await dialog.locator('.crop-surface').focus();
  await page.keyboard.press('Enter');
  await dialog.getByLabel('Name').fill('Bandit');
  await dialog.getByLabel('What should be known').fill('Bandit is a raccoon.');
  await view.shoot('chat-teach');
  await dialog.getByRole('button', { name: 'Remember' }).click();
  await turn.getByRole('button', { name: 'Ask again' }).click();
  await turn.locator('.seen-row.match', { hasText: 'Bandit' }).waitFor({ timeout: kAnswerMs });
  await view.close();
});

test('an answer is stopped', async () => {
  const view = await openPage(server, { tab: 'chat' });
  const { page, choose } = view;
  await choose(page.getByRole('button', { name: 'Add photos' }), photo('composed-collins.jpg'));
  await page.getByLabel('Question', { exact: true }).fill('Describe everything in this photo, slowly and at length.');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByText('Stopped.').first().waitFor();
  await page.getByRole('button', { name: 'Ask', exact: true }).waitFor();
  await view.close();
});

test('a busy server is asked again as late as it wants, and an unreachable one is reported', async () => {
  const view = await openPage(server, { tab: 'chat', allowed: [429, 500] });
  const { page } = view;
  let asked = [];
  await page.route('**/v1/chat/completions', (route) => {
    asked.push(Date.now());
    if (asked.length > 1) return route.continue();
    return route.fulfill({ status: 429, headers: { 'Retry-After': '2' }, json: { error: { message: 'busy', type: 'rate_limit', param: null, code: null } } });
  });
  const busy = page.getByText(/The model is busy/).waitFor();
  await ask(view, 'What does Sam like?');
  await busy;
  assert.ok(asked[1] - asked[0] >= 1900, `${asked[1] - asked[0]} ms`);
  asked = [];
  await page.unroute('**/v1/chat/completions');
  await page.route('**/v1/chat/completions', (route) => route.fulfill({ status: 500, json: { error: { message: 'no model', type: 'server_error', param: null, code: null } } }));
  await page.getByLabel('Question', { exact: true }).fill('And now?');
  await page.keyboard.press('Enter');
  await page.getByText('That did not work: no model').waitFor();
  await page.unroute('**/v1/chat/completions');
  await page.getByRole('button', { name: 'Ask again' }).click();
  await page.locator('.turn').last().locator('.panel').waitFor({ timeout: view.kAnswerMs });
  await view.close();
});

test('a server without a model says so at once, and a stream that breaks off is no answer', async () => {
  const view = await openPage(server, { tab: 'chat', allowed: [503] });
  const { page } = view;
  const question = page.getByLabel('Question', { exact: true });
  await page.route('**/v1/chat/completions', (route) => route.fulfill({ status: 503, headers: { 'Retry-After': '5' }, json: { error: { message: 'there is no model', type: 'server_error', param: null, code: null } } }));
  await question.fill('Who is Sam?');
  await page.keyboard.press('Enter');
  await page.getByText('The server cannot do that now. There is no model.').waitFor();
  await page.unroute('**/v1/chat/completions');
  await page.route('**/v1/chat/completions', (route) => route.fulfill({ contentType: 'text/event-stream', body: 'data: {"choices":[{"delta":{"content":"Sam is"}}]}\n\n' }));
  await question.fill('Who is Sam?');
  await page.keyboard.press('Enter');
  await page.getByText('The server does not answer. Is it still running?').waitFor();
  assert.equal(await page.locator('.turn').last().locator('.answer-text').textContent(), 'Sam is');
  await view.close();
});

test('a photo that is still being opened when a question is asked belongs to the next one', async () => {
  const view = await openPage(server, { tab: 'chat' });
  const { page, drop } = view;
  await page.evaluate(() => {
    const decode = window.createImageBitmap;
    let opened = 0;
    window.createImageBitmap = async (...values) => {
      opened += 1;
      if (opened === 2) await new Promise((resolve) => { window.openSecond = resolve; });
      return decode(...values);
    };
  });
  await drop('.chat-page', ['composed-chelsea.jpg', 'flower.jpg']);
  await page.waitForFunction(() => window.openSecond);
  await page.getByLabel('Question', { exact: true }).fill('Who is this?');
  await page.keyboard.press('Enter');
  const turn = page.locator('.turn').first();
  await turn.waitFor();
  await page.evaluate(() => window.openSecond());
  await page.locator('.composer .thumb').waitFor();
  await turn.locator('.panel').waitFor({ timeout: view.kAnswerMs });
  assert.equal(await turn.locator('.stage').count(), 1);
  assert.equal(await turn.locator('.stage .mark.match').count(), 1);
  await view.close();
});
