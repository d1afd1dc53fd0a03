// SPDX-License-Identifier: Apache-2.0
// A real `rap serve` with a fresh memory, for one test file.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const repository = process.env.RAP_SOURCE_DIR ?? path.resolve(import.meta.dirname, '../../../..');
const examples = path.join(repository, 'examples');

/** The path of an example photo. */
export const photo = (name) => path.join(examples, 'photos', name);

export const photoNames = fs.readdirSync(path.join(examples, 'photos')).filter((name) => name.endsWith('.jpg'));

/** What examples/ knows by name. */
export const demo = JSON.parse(fs.readFileSync(path.join(examples, 'demo.json'), 'utf8')).concepts;

const kKey = /rap_[A-Za-z0-9_-]{43}/;

function freePort() {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

async function untilReady(url, child, log) {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`rap serve ended with ${child.exitCode}:\n${log()}`);
    const ready = await fetch(`${url}/readyz`).then((response) => response.ok, () => false);
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`rap serve did not get ready:\n${log()}`);
}

/**
 * Starts `$RAP_BIN serve`. With `key` it wants a key, and the first one that it prints is `firstKey`; without, loopback
 * may do everything. `api(method, path, json)` calls it as another client would.
 */
export async function startServer({ key = false, more = [] } = {}) {
  const program = process.env.RAP_BIN;
  if (!program) throw new Error('RAP_BIN must name the rap command');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'rap-page-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const flags = ['serve', '--memory', path.join(folder, 'memory.rap'), '--keys', path.join(folder, 'keys.json'), '--port', String(port), ...(key ? [] : ['--allow-loopback-without-key']), ...more];
  let output = '';
  const child = spawn(program, flags, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, XDG_CONFIG_HOME: folder } });
  child.stdout.on('data', (text) => { output += text; });
  child.stderr.on('data', (text) => { output += text; });
  await untilReady(url, child, () => output);
  const firstKey = kKey.exec(output)?.[0];

  async function api(method, route, json) {
    const response = await fetch(url + route, {
      method,
      headers: { ...(json !== undefined && { 'Content-Type': 'application/json' }), ...(key && { Authorization: `Bearer ${firstKey}` }) },
      body: json === undefined ? undefined : JSON.stringify(json),
    });
    if (!response.ok) throw new Error(`${method} ${route}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? null : response.json();
  }

  return {
    url,
    firstKey,
    /** A key of another owner of this server, made as its administrator does. */
    keyOf: (owner) => execFileSync(program, ['keys', 'create', '--name', owner, '--owner', owner, '--keys', path.join(folder, 'keys.json')], { encoding: 'utf8' }).match(kKey)[0],
    api,
    /** Remembers what examples/ knows; `names` picks some. */
    async remember(names = demo.map((known) => known.name)) {
      for (const { name, category, info, photo: file, box } of demo.filter((known) => names.includes(known.name))) {
        const bytes = fs.readFileSync(path.join(examples, file)).toString('base64');
        await api('POST', '/rap/v1/concepts', { name, category, info, views: [{ photo: bytes, ...(box && { box }) }] });
      }
    },
    async stop() {
      child.kill('SIGTERM');
      await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve()));
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}
