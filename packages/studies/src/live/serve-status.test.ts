import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LiveStatus } from './live-status.js';
import { serveStatus } from './serve-status.js';

let directory: string;
let controller: AbortController;
let over: Promise<void> | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ais-status-'));
  controller = new AbortController();
});
afterEach(async () => {
  controller.abort();
  await over;
  await rm(directory, { recursive: true });
});

const running: LiveStatus = { finished: 1, running: 1, waiting: 0, failed: 0, stages: [] };

/** Starts a server, and tells its address. */
function serve(status: () => Promise<LiveStatus>): Promise<string> {
  return new Promise((resolve) => {
    const { signal } = controller;
    over = serveStatus({ title: 'runs/<b>', status, directory, signal, onListening: resolve });
  });
}

/** The status and the text of an answer to a request under a name of the server. */
function ask(address: string, host: string): Promise<{ readonly code: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    get(address, { headers: { host } }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ code: response.statusCode ?? 0, text }));
    }).on('error', reject);
  });
}

test('a live page is on loopback, asks its own server alone, and escapes its title', async () => {
  const address = await serve(async () => running);
  expect(new URL(address).hostname).toBe('127.0.0.1');
  const page = await (await fetch(address)).text();
  expect(page).toContain('<h1>runs/&lt;b&gt;</h1>');
  expect(page).toMatch(/default-src 'none'; script-src 'sha256-[^']+'; connect-src 'self';/);
  expect(await (await fetch(`${address}status.json`)).json()).toEqual({ ...running, report: false });
  expect((await fetch(`${address}report.html`)).status).toBe(404);
  expect((await fetch(`${address}stage.json`)).status).toBe(404);
  expect((await fetch(address, { method: 'POST' })).status).toBe(405);
});

test('a name that leads to loopback from elsewhere gets no answer', async () => {
  const address = await serve(async () => running);
  const found = await Promise.all(
    ['evil.test', '127.0.0.1.evil.test', `localhost:${new URL(address).port}`].map((host) =>
      ask(`${address}status.json`, host),
    ),
  );
  expect(found.map(({ code }) => code)).toEqual([403, 403, 200]);
  expect(found[0]?.text).not.toContain('finished');
});

test('the report is served once there is one, and what goes wrong is told', async () => {
  let asked = 0;
  const address = await serve(async () => {
    asked += 1;
    throw new Error('The store is damaged.');
  });
  const answers = await Promise.all([1, 2, 3].map(() => fetch(`${address}status.json`)));
  expect(answers.map(({ status }) => status)).toEqual([500, 500, 500]);
  expect(await answers[0]?.json()).toEqual({ error: 'The store is damaged.' });
  expect(asked).toBe(1);
  await writeFile(join(directory, 'report.html'), 'the report');
  expect(await (await fetch(`${address}report.html`)).text()).toBe('the report');
});
