// The live parts in Chromium, built by Vite from the sources and served from loopback.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mixtureStudy } from '@ais/kl/mixture-study';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { build, defaultClientConditions } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leastContrasts } from '../../../../packages/studies/test/chromium.js';
import { launch, type PageServer, serve } from '../../../browser-chat/src/in-chromium/harness.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const model = fileURLToPath(
  new URL('../../../../packages/language-model/fixtures/gguf/llama.gguf', import.meta.url),
);

let folder: string;
let server: PageServer;
let browser: Browser;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'live-pages-'));
  await build({
    root,
    logLevel: 'warn',
    build: { outDir: folder, emptyOutDir: true, minify: false, reportCompressedSize: false },
    resolve: { conditions: ['@ais/source', ...defaultClientConditions] },
  });
  server = await serve(folder, { '/models/tiny.gguf': model });
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  server?.close();
  await rm(folder, { recursive: true });
});

/** A page, and what it asked of others and complained about. */
async function open(options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext(options);
  const complaints: string[] = [];
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== server.origin && !['data:', 'blob:'].includes(protocol))
      complaints.push(`asked for ${request.url()}`);
  });
  context.on('weberror', (error) => complaints.push(String(error.error())));
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(server.origin);
  return { page, complaints };
}

/** The text of a part, once it matches. */
async function said(page: Page, selector: string, pattern: RegExp): Promise<string> {
  await page.waitForFunction(
    ([selector, source]) =>
      new RegExp(source as string).test(document.querySelector(selector as string)?.textContent ?? ''),
    [selector, pattern.source],
    { timeout: 0 },
  );
  return (await page.locator(selector).first().textContent()) ?? '';
}

it('says what it is about without JavaScript', async () => {
  const { page } = await open({ javaScriptEnabled: false });
  for (const words of ['about 0.9', 'exponentially many', 'better, and then worse', 'before and after']) {
    expect(await page.locator('main').textContent()).toContain(words);
  }
  await page.context().close();
});

it('Figure 1 shows the study’s numbers, and follows the keyboard', async () => {
  const { page, complaints } = await open();
  const summary = '#figure-1 p';
  const { correlation, muWeighted } = mixtureStudy({
    thetas: Array.from({ length: 81 }, (_, index) => (index - 40) / 40),
    alphas: [],
  });
  const first = await said(page, summary, /Over all θ/);
  expect(first).toContain(`by ${correlation.muWeighted.toFixed(2)} unweighted`);
  expect(first).toContain(`by ${correlation.importanceWeighted.toFixed(2)} weighted`);
  expect(first).toContain('At θ = 0.50');
  await page.locator('#figure-1 input[type=range]').first().focus();
  await page.keyboard.press('ArrowRight');
  await said(page, summary, /At θ = 0\.5[23]/);
  // Weights to the power 0 are none.
  await page.locator('#figure-1 input[type=range]').nth(1).focus();
  await page.keyboard.press('Home');
  const none = correlation.muWeighted.toFixed(2).replace('.', '\\.');
  await said(page, summary, new RegExp(`by ${none} unweighted, and by ${none} weighted`));
  await page.locator('#figure-1 input[type=checkbox]').check();
  await said(page, summary, new RegExp(`by ${muWeighted.correlation.expected.toFixed(2)} unweighted`));
  expect(await page.locator('#figure-1 svg[role=img]').count()).toBe(3);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it('“Sum or mean?” shows the numbers of its document', async () => {
  const { page, complaints } = await open();
  const rows = '#sum-or-mean tbody';
  // 512 tokens: the columns of docs/sum-or-mean.md.
  const table = await said(page, rows, /truncation/);
  expect(table).toContain('truncation0.3540.5770.268');
  expect(table).toContain('1/|y|0.9950.00196');
  expect(table).not.toContain('VESPO');
  await page.locator('#sum-or-mean').getByLabel(/VESPO/).check();
  await said(page, rows, /VESPO0\.2690\.332/);
  await page.locator('#sum-or-mean input[type=range]').nth(1).focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await said(page, rows, /truncation0\.7560\.686/);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it('trains DPO and AIS-DPO side by side, and pauses', async () => {
  const { page, complaints } = await open();
  const part = '#over-optimization';
  await said(page, part, /Nothing is trained yet/);
  await page.getByRole('button', { name: 'Train both' }).press('Enter');
  await said(page, part, /The reference scores -\d\.\d\d; 0 is perfect/);
  // Both methods, after their first updates: a number, an interval, and samples.
  await said(page, `${part} tbody`, /DPO[1-9]\d*\d\.\d\d.*%.*AIS-DPO[1-9]/);
  expect(await page.locator(`${part} .live-words td`).count()).toBe(15);
  await page.getByRole('button', { name: 'Pause' }).click();
  await said(page, part, /Continue/);
  await page.getByRole('button', { name: 'Start over' }).click();
  await said(page, `${part} [role=status]`, /Loading|The reference learns/);
  expect(complaints).toEqual([]);
  await page.context().close();
});

it('asks a model before and after, from an address and from files', async () => {
  const { page, complaints } = await open();
  const status = '#smollm2 [role=status]';
  await said(page, status, /at least one model/);
  await page.getByRole('button', { name: 'Answer' }).click();
  await said(page, status, /first/);
  await page.selectOption('#smollm2 select', 'wasm');
  await page.getByLabel('Address of a model').first().fill('./models/tiny.gguf');
  await page.getByLabel('or its files').last().setInputFiles(model);
  await page.getByRole('button', { name: 'Answer' }).click();
  await said(page, status, /Computed by wasm/);
  const [before, after] = await page.locator('.live-answer').allTextContents();
  expect(before).not.toBe('');
  // The same model.
  expect(after).toBe(before);
  await page.getByLabel('Address of a model').first().fill('./models/none.gguf');
  expect(complaints).toEqual([]);
  await page.getByRole('button', { name: 'Answer' }).click();
  await said(page, status, /does not exist/);
  await page.context().close();
});

it.each(['light', 'dark'] as const)('is readable on a phone, in a %s page', async (colorScheme) => {
  const { page } = await open({ colorScheme, viewport: { width: 360, height: 740 } });
  await said(page, '#sum-or-mean tbody', /truncation/);
  await said(page, '#smollm2', /Question/);
  await said(page, '#over-optimization', /Train both/);
  const wider = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(wider).toBe(0);
  expect((await leastContrasts(page)).text).toBeGreaterThanOrEqual(4.5);
  const drawn = await page.evaluate(() => {
    const body = getComputedStyle(document.documentElement).colorScheme;
    return [
      body,
      ...[...document.querySelectorAll('.live-series')].map((series) => getComputedStyle(series).color),
    ];
  });
  expect(drawn[0]).toBe('light dark');
  expect(drawn.length).toBeGreaterThan(10);
  const letters = await page.evaluate(() =>
    [...document.querySelectorAll('svg[role=img] text')].map(
      (text) => (text.getBoundingClientRect().height * 12) / 14,
    ),
  );
  expect(Math.min(...letters.filter((height) => height > 0))).toBeGreaterThan(8);
  await page.context().close();
});
