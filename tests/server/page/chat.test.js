// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { openPage, phone } from './support/browser.js';
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

/** Has every question answered at once, with `rap` as what the server says of it. */
function answerWith(page, rap) {
  const chunk = { choices: [{ delta: { content: 'An answer.' }, finish_reason: 'stop' }], rap: { cards: [], photos: [], ...rap } };
  return page.route('**/v1/chat/completions', (route) => route.fulfill({ contentType: 'text/event-stream', body: `data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n` }));
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

  let opened = 0;
  await page.route('**/rap/v1/concepts/*', (route) => { opened += 1; return route.continue(); });
  await turn.locator('.cards-used .chip', { hasText: 'Chelsea' }).dblclick();
  await page.getByRole('dialog', { name: 'Chelsea' }).waitFor();
  assert.equal(opened, 1);
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
  const { page, kAnswerMs } = view;
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
  await again.getByRole('button', { name: 'Undo' }).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Enter');
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
    if (asked.length > 1) return page.getByText(/The model is busy/).waitFor({ state: 'detached' }).then(() => route.continue());
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

test('a question waits for the photos that are still being opened', async () => {
  const view = await openPage(server, { tab: 'chat' });
  const { page, drop } = view;
  await answerWith(page, {});
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
  await page.evaluate(() => window.openSecond());
  await page.locator('.turn').first().waitFor();
  assert.equal(await page.locator('.turn .stage').count(), 2);
  assert.equal(await page.locator('.composer .thumb').count(), 0);
  await view.close();
});

test('a conversation takes no more photos than a request can carry, however quickly they come', async () => {
  const { page, drop, close } = await openPage(server, { tab: 'chat' });
  const ten = Array(10).fill('flower.jpg');
  await Promise.all([drop('.chat-page', ten), drop('.chat-page', ten)]);
  await page.locator('.notice', { hasText: 'A conversation can hold 16 photos.' }).waitFor();
  await page.locator('.composer .thumb').nth(15).waitFor();
  assert.equal(await page.locator('.composer .thumb').count(), 16);
  await close();
});

test('a photo whose file is gone is reported, and the conversation goes on', async () => {
  const { page, choose, close } = await openPage(server, { tab: 'chat' });
  await answerWith(page, {});
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rap-chat-'));
  const file = path.join(folder, 'gone.jpg');
  fs.copyFileSync(photo('flower.jpg'), file);
  await choose(page.getByRole('button', { name: 'Add photos' }), file);
  await page.locator('.composer .thumb').waitFor();
  fs.rmSync(folder, { recursive: true });
  await page.getByLabel('Question', { exact: true }).fill('What is this?');
  await page.keyboard.press('Enter');
  await page.getByText('That did not work').waitFor();
  await page.getByRole('button', { name: 'New conversation' }).click();
  await page.getByLabel('Question', { exact: true }).fill('And now?');
  await page.keyboard.press('Enter');
  await page.locator('.turn .panel').waitFor();
  await close();
});

test('on a phone nothing sticks out: marks on the right, what they say, long names', async () => {
  const { page, choose, checkFits, close } = await openPage(server, { tab: 'chat', viewport: phone });
  const known = (await server.api('GET', '/rap/v1/concepts?search=Chelsea')).concepts[0];
  const match = { ...known, name: 'Bartholomäus'.repeat(8), probability: 0.9, box: [330, 100, 60, 60], evidence: { looks_like: 0.9 } };
  const seen = { width: 400, height: 300, matches: [match], doubts: [{ name: `${match.name} or Sam`, probability: 0.8, box: [10, 150, 380, 100], candidates: [match, { ...match, name: 'Sam' }] }], near: [{ ...match, box: [250, 200, 100, 60] }] };
  await answerWith(page, { photos: [seen], cards: [match], names: { repaired: true, missing: [match.name], foreign: [] } });
  await choose(page.getByRole('button', { name: 'Add photos' }), photo('flower.jpg'));
  await page.locator('.composer .thumb').waitFor();
  await page.getByLabel('Question', { exact: true }).fill('Who is this?');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.locator('.turn .panel').waitFor();
  await checkFits('answer');
  for (const kind of ['match', 'doubt', 'near']) {
    await page.locator(`.mark.${kind} .mark-frame`).focus();
    await page.locator(`.mark.${kind} .evidence-card`).waitFor();
    await checkFits(kind);
  }
  await page.getByRole('button', { name: 'Name something in this photo' }).click();
  await page.getByRole('dialog').waitFor();
  await checkFits('naming');
  await close();
});

test('naming: suggestions fit what was typed last, and what was typed is not dropped unasked', async () => {
  const { page, choose, close } = await openPage(server, { tab: 'chat' });
  await answerWith(page, { photos: [{ width: 10, height: 10, matches: [], doubts: [], near: [] }], cards: [] });
  await choose(page.getByRole('button', { name: 'Add photos' }), photo('flower.jpg'));
  await page.locator('.composer .thumb').waitFor();
  await page.keyboard.press('Enter');
  const first = new Promise((resolve) => { page.route('**/rap/v1/concepts?**', resolve, { times: 1 }); });
  await page.getByRole('button', { name: 'Name something in this photo' }).click();
  await first;
  const isGivenUp = page.waitForEvent('requestfailed');
  const dialog = page.getByRole('dialog', { name: 'What is this?' });
  await dialog.getByLabel('Name').fill('Chel');
  await isGivenUp;
  await page.locator('datalist option[value="Chelsea"]').waitFor({ state: 'attached' });
  assert.equal(await page.locator('datalist option').count(), 1);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Discard your changes?' }).getByRole('button', { name: 'Cancel' }).click();
  assert.equal(await dialog.getByLabel('Name').inputValue(), 'Chel');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Discard' }).click();
  await dialog.waitFor({ state: 'detached' });
  await close();
});
