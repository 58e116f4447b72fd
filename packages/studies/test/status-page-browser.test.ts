import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LiveStatus } from '../src/live/live-status.js';
import { serveStatus } from '../src/live/serve-status.js';
import { launchChromium, leastContrasts, overflow } from './chromium.js';

const hostile =
  '<img src="http://evil.test/x" onerror="document.title = \'taken\'"></title><script>1</script>';
const controller = new AbortController();
let folder: string;
let context: BrowserContext;
let address: string;
let over: Promise<void>;
let status: LiveStatus = {
  finished: 1,
  running: 1,
  waiting: 2,
  failed: 1,
  expectedSeconds: 125,
  unknown: 1,
  stages: [
    { title: 'corpus', state: 'finished' },
    {
      title: hostile,
      state: 'running',
      seconds: 61,
      log: ['begins', hostile],
      progress: { completed: 3, total: 10, detail: 'loss 0.69' },
    },
    { title: 'judge', state: 'failed', failure: hostile },
  ],
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-status-page-'));
  address = await new Promise((resolve) => {
    over = serveStatus({
      title: `runs/${hostile}`,
      directory: folder,
      signal: controller.signal,
      status: async () => status,
      onListening: resolve,
    });
  });
  context = await launchChromium(folder);
});
afterAll(async () => {
  await context?.close();
  controller.abort();
  await over;
  await rm(folder, { recursive: true, force: true });
});

test('a live page fills in as stages finish, and asks nobody but its server', async () => {
  const page = await context.newPage();
  const complaints: string[] = [];
  const hosts = new Set<string>();
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) hosts.add(new URL(request.url()).host);
  });
  await page.goto(address);
  await page.getByText('1 of 5 finished, 1 running, 2 waiting, 1 failed, about 2 min 5 s left').waitFor();
  const texts = await page.locator('section li').allInnerTexts();
  expect(texts).toHaveLength(3);
  expect(texts[0]).toContain(hostile);
  expect(texts[0]).toContain('3 of 10, loss 0.69, for 1 min 1 s');
  expect(texts[1]).toContain(hostile);
  expect(await page.title()).toBe(`runs/${hostile}: status`);
  expect(await page.locator('img, section script').count()).toBe(0);
  for (const width of [320, 1100]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await overflow(page)).toEqual({ overflow: 0, sticking: [] });
  }
  expect((await leastContrasts(page)).text).toBeGreaterThanOrEqual(4.5);

  await writeFile(
    join(folder, 'report.html'),
    '<!doctype html><link rel="icon" href="data:,"><title>The report</title>',
  );
  status = {
    finished: 5,
    running: 0,
    waiting: 0,
    failed: 0,
    stages: [{ title: 'online', state: 'finished' }],
  };
  await page.getByText('5 of 5 finished, 0 running, 0 waiting, 0 failed').waitFor();
  expect(await page.locator('section li').allInnerTexts()).toEqual(['online']);
  await page.getByRole('link', { name: 'The report of what is finished' }).click();
  await page.waitForURL(`${address}report.html`);
  expect(await page.title()).toBe('The report');
  expect([complaints, [...hosts]]).toEqual([[], [new URL(address).host]]);
});
