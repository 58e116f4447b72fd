// Threads in a page: they compute where the page is cross-origin isolated, and nothing else changes where it is not.
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';

const wasmFolder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));

const page = `
import { createModel } from '@ais/language-model';
import { useBackend } from '@ais/runtime';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

// Parts of kernels' work, all and those that the page itself has done.
let parts = 0;
let own = 0;
const { store, sub } = Atomics;
Atomics.store = (array, index, value) => { if (index === 1) parts += value; return store(array, index, value); };
Atomics.sub = (array, index, value) => { own += value; return sub(array, index, value); };

globalThis.compute = async (threads) => {
  setWasmPaths('/');
  const report = await useBackend('wasm', { threads });
  const model = createModel({ vocabularySize: 512, hiddenSize: 64, layerCount: 2, headCount: 4 }, { seed: 1 });
  const words = (seed, count) => Array.from({ length: count }, (_, index) => (index * seed * 7919 + seed) % 512);
  const pairs = [1, 2, 3, 4].map((seed) => ({ prompt: words(seed, 90), chosen: words(seed + 4, 21), rejected: words(seed + 8, 17) }));
  let found;
  // Workers start only while the page waits.
  for (let step = 0; step < 500 && (found === undefined || (report.threads > 1 && parts === own)); step++) {
    const { value, grads } = tf.variableGrads(() => {
      const { chosen, rejected } = model.responseLogProbs(pairs);
      return tf.sum(tf.sub(rejected, chosen));
    }, [...model.parameters.values()]);
    found = [value, ...Object.values(grads)].flatMap((tensor) => [...tensor.dataSync()]);
    tf.dispose([value, grads]);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const bytes = await crypto.subtle.digest('SHA-256', Float32Array.from(found));
  return { threads: report.threads, isolated: crossOriginIsolated, others: parts - own, numbers: found.length, hash: [...new Uint8Array(bytes)].join() };
};
`;

interface Found {
  readonly threads: number;
  readonly isolated: boolean;
  /** Parts that other threads have done. */
  readonly others: number;
  readonly numbers: number;
  readonly hash: string;
}

const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

let browser: Browser;
let server: Server;
beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: page, resolveDir: import.meta.dirname, loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    conditions: ['@ais/source'],
    logLevel: 'error',
  });
  const bundle = outputFiles[0]?.text ?? '';
  server = createServer(({ url = '' }, response) => {
    const { pathname, search } = new URL(url, 'http://localhost');
    const isWasm = pathname.endsWith('.wasm');
    const body = isWasm
      ? readFileSync(join(wasmFolder, pathname.slice(1)))
      : pathname === '/page.js'
        ? bundle
        : '<!doctype html><script src="/page.js"></script>';
    const type = isWasm ? 'application/wasm' : pathname === '/page.js' ? 'text/javascript' : 'text/html';
    response.writeHead(200, { 'content-type': type, ...(search === '?isolated' && ISOLATION) }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
});
afterAll(async () => {
  await browser?.close();
  server?.close();
});

async function computed(search: string, threads: number): Promise<Found> {
  const { port } = server.address() as AddressInfo;
  const tab = await browser.newPage();
  await tab.goto(`http://localhost:${port}/${search}`);
  const found = (await tab.evaluate(`compute(${threads})`)) as Found;
  await tab.close();
  return found;
}

it('a page computes on one thread unless it is isolated, and the same to the last bit on several', async () => {
  const plain = await computed('', 2);
  expect(plain).toMatchObject({ threads: 1, isolated: false, others: 0 });
  expect(plain.numbers).toBeGreaterThan(100_000);
  const { hash, numbers } = plain;
  expect(await computed('?isolated', 1)).toMatchObject({
    threads: 1,
    isolated: true,
    others: 0,
    hash,
    numbers,
  });
  for (const threads of [2, 3]) {
    const found = await computed('?isolated', threads);
    expect(found).toMatchObject({ threads, isolated: true, hash, numbers });
    expect(found.others).toBeGreaterThan(0);
  }
});
