// SPDX-License-Identifier: Apache-2.0
// OpenAI's own client for Node against the server that test_node.py has started.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import OpenAI from "openai";

const { RAP_URL, RAP_KEY, RAP_PHOTO } = process.env;
const client = new OpenAI({ baseURL: `${RAP_URL}/v1`, apiKey: RAP_KEY, maxRetries: 0, timeout: 240_000 });
const photo = `data:image/jpeg;base64,${readFileSync(RAP_PHOTO).toString("base64")}`;

const image = { type: "image_url", image_url: { url: photo } };
const who = { role: "user", content: [{ type: "text", text: "Who is in the image?" }, image] };
const ask = (options) => client.chat.completions.create({ model: "rap", messages: [who], ...options });

test("names who is in a photo", async () => {
  const answer = await ask();
  assert.match(answer.choices[0].message.content, /Chelsea/);
  assert.equal(answer.choices[0].finish_reason, "stop");
  assert.equal(answer.rap.photos[0].matches[0].name, "Chelsea");
});

test("streams the same answer", async () => {
  const whole = (await ask()).choices[0].message.content;
  const chunks = [];
  for await (const chunk of await ask({ stream: true, stream_options: { include_usage: true } })) chunks.push(chunk);
  assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""), whole);
  assert.ok(chunks.at(-1).usage.completion_tokens > 0);
});

test("a stream can be left", async () => {
  const stream = await ask({ stream: true });
  for await (const chunk of stream) {
    assert.ok(chunk.id);
    stream.controller.abort();
  }
  assert.match((await ask()).choices[0].message.content, /Chelsea/);
});

test("the streaming helper puts the answer together", async () => {
  const stream = client.chat.completions.stream({ model: "rap", messages: [who] });
  assert.match(await stream.finalContent(), /Chelsea/);
});

test("responses", async () => {
  const content = [{ type: "input_text", text: "Who is in the image?" }, { type: "input_image", image_url: photo, detail: "auto" }];
  const input = [{ role: "user", content }];
  assert.match((await client.responses.create({ model: "rap", input })).output_text, /Chelsea/);
  const kinds = [];
  let text = "";
  for await (const event of await client.responses.create({ model: "rap", input, stream: true })) {
    kinds.push(event.type);
    if (event.type === "response.output_text.delta") text += event.delta;
  }
  assert.deepEqual([kinds[0], kinds.at(-1)], ["response.created", "response.completed"]);
  assert.match(text, /Chelsea/);
});

test("models", async () => {
  const models = [];
  for await (const model of client.models.list()) models.push(model.id);
  assert.ok(models.includes("rap") && models.includes("rap/none"));
  assert.equal((await client.models.retrieve("rap")).id, "rap");
});

test("embeddings", async () => {
  const made = await client.embeddings.create({ model: "rap", input: photo });
  assert.ok(made.data[0].embedding.length > 100);
  assert.ok(made.data[0].embedding.every(Number.isFinite));
});

test("errors are the client's own classes", async () => {
  const stranger = new OpenAI({ baseURL: `${RAP_URL}/v1`, apiKey: "sk-wrong", maxRetries: 0 });
  await assert.rejects(stranger.models.list(), OpenAI.AuthenticationError);
  await assert.rejects(ask({ model: "gpt-77" }), (error) => error instanceof OpenAI.NotFoundError && error.code === "model_not_found");
  await assert.rejects(ask({ temperature: "hot" }), (error) => [400, 422].includes(error.status) && error.param === "temperature");
});
