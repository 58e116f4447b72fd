// The page in Chromium, of built packages, with a small random Llama that has SmolLM2's kind of tokenizer.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildPage, launch, type PageServer, said, serve } from './harness.js';

const model = fileURLToPath(
  new URL('../../../../packages/language-model/fixtures/gguf/llama.gguf', import.meta.url),
);

let folder: string;
let server: PageServer;
let other: PageServer;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'browser-chat-'));
  await buildPage(folder);
  const files = {
    '/models/tiny.gguf': model,
    '/models/slow.gguf': model,
    '/models/page.gguf': join(folder, 'index.html'),
  };
  server = await serve(folder, files, ['/models/slow.gguf']);
  other = await serve(folder, { '/tiny.gguf': model });
  browser = await launch();
});
afterAll(async () => {
  await browser?.close();
  server?.close();
  other?.close();
  await rm(folder, { recursive: true });
});

async function open(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(server.origin);
  return page;
}

async function load(page: Page, address: string, backend = 'wasm'): Promise<void> {
  await page.selectOption('#backend', backend);
  await page.fill('#address', address);
  await page.click('#start');
}

async function answers(page: Page): Promise<string[]> {
  await page.fill('#question', 'Hi');
  await page.click('#answer');
  expect(await said(page, /tokens per second/)).toMatch(/^\d+ tokens/);
  return page.locator('.answer p').allTextContents();
}

async function learn(page: Page, step: number): Promise<{ loss: number; margin: number }> {
  await page.locator('.answer button').first().click();
  const text = await said(page, new RegExp(`^Step ${step} `));
  const [, loss, margin] = /loss ([\d.]+), margin (-?[\d.]+)/.exec(text) ?? [];
  return { loss: Number(loss), margin: Number(margin) };
}

it.each(['wasm', 'webgpu'])('answers, and learns which answer is better, on %s', async (backend) => {
  const page = await open();
  await load(page, './models/tiny.gguf', backend);
  await said(page, /^Loaded/);
  expect(await page.locator('#facts').textContent()).toContain(backend);
  const [first, second] = await answers(page);
  expect(first).not.toBe(second);
  // The policy begins at its reference: −log σ(0).
  const before = await learn(page, 1);
  expect(before.loss).toBeCloseTo(Math.LN2, 4);
  expect(before.margin).toBeCloseTo(0, 3);
  const after = await learn(page, 2);
  expect(after.margin).toBeGreaterThan(0);
  expect(after.loss).toBeLessThan(before.loss);
  await page.close();
});

it('keeps what it learned as an adapter, and goes on from there', async () => {
  const page = await open();
  await load(page, './models/tiny.gguf');
  await said(page, /^Loaded/);
  expect(await page.isEnabled('#keep')).toBe(false);
  await answers(page);
  await learn(page, 1);
  const learned = await learn(page, 2);
  const downloads: Download[] = [];
  page.on('download', (download) => downloads.push(download));
  await page.click('#keep');
  await said(page, /^Downloaded/);
  await expect.poll(() => downloads.length).toBe(2);
  const kept = downloads.map((download) => join(folder, download.suggestedFilename()));
  for (const [index, download] of downloads.entries()) await download.saveAs(kept[index] ?? '');
  expect(kept.map((path) => basename(path)).sort()).toEqual([
    'adapter_config.json',
    'adapter_model.safetensors',
  ]);

  await page.reload();
  await page.setInputFiles('#files', kept);
  await load(page, './models/tiny.gguf');
  await said(page, /^Loaded/);
  await answers(page);
  // The answers are others, but the reference is the model without what was learned, so the policy begins away from it.
  const again = await learn(page, 1);
  expect(learned.margin).not.toBe(0);
  expect(Math.abs(again.loss - Math.LN2)).toBeGreaterThan(1e-4);
  await page.close();
});

it('takes chosen and dropped files', async () => {
  const page = await open();
  await page.selectOption('#backend', 'wasm');
  await page.setInputFiles('#files', model);
  await page.click('#start');
  await said(page, /^Loaded/);
  await page.evaluate(async (address) => {
    const dropped = new DataTransfer();
    dropped.items.add(new File([await (await fetch(address)).blob()], 'tiny.gguf'));
    document.getElementById('status')?.replaceChildren();
    document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, dataTransfer: dropped }));
  }, '/models/tiny.gguf');
  await said(page, /^Loaded/);
  await page.close();
});

it('keeps what it fetched, for the next visit and without a network', async () => {
  const page = await open();
  const fetched = (): number => server.asked.filter((line) => line === 'GET /models/tiny.gguf').length;
  await page.evaluate(() => caches.delete('ais-models'));
  const before = fetched();
  await load(page, './models/tiny.gguf');
  await said(page, /^Loaded/);
  await page.reload();
  await load(page, './models/tiny.gguf');
  await said(page, /^Loaded/);
  expect(fetched()).toBe(before + 1);
  await page.context().setOffline(true);
  await load(page, './models/tiny.gguf');
  await said(page, /^Loaded/);
  await load(page, './models/another.gguf');
  await expect(said(page, /^Loaded/)).rejects.toThrow(/no network/);
  await page.close();
});

it('takes another question after one that is too long', async () => {
  const page = await open();
  await load(page, './models/tiny.gguf');
  await said(page, /^Loaded/);
  await page.fill('#question', 'Why? '.repeat(64));
  await page.click('#answer');
  await expect(said(page, /tokens per second/)).rejects.toThrow(
    /takes 64 with the answer\. Ask a shorter one/,
  );
  expect(await page.isEnabled('#answer')).toBe(true);
  expect(await answers(page)).toHaveLength(2);
  await learn(page, 1);
  await page.close();
});

it('takes another choice after a step that failed', async () => {
  const page = await browser.newPage();
  // A worker that has a model, and cannot learn.
  await page.addInitScript(() => {
    const facts = { backend: 'wasm', parameters: 1, tensorBytes: 1, wasmBytes: 0 };
    const replies: Record<string, object> = {
      load: { kind: 'loaded', seconds: 1, facts },
      answer: { kind: 'answered', answered: { tokens: 2, seconds: 1 }, facts },
      prefer: { kind: 'failed', message: 'No memory is left.', asked: 'prefer', isLoaded: true },
    };
    window.Worker = class extends EventTarget {
      postMessage({ kind }: { readonly kind: string }): void {
        this.dispatchEvent(new MessageEvent('message', { data: replies[kind] ?? null }));
      }
    } as unknown as typeof Worker;
  });
  await page.goto(server.origin);
  await load(page, './models/tiny.gguf');
  await answers(page);
  await page.locator('.answer button').first().click();
  await expect(said(page, /^Step/)).rejects.toThrow('No memory is left.');
  expect(await page.isEnabled('#answer')).toBe(true);
  expect(await page.locator('.answer button').first().isEnabled()).toBe(true);
  await page.close();
});

it('gives up a model that is still loading for another one', async () => {
  const page = await open();
  await load(page, './models/slow.gguf');
  await said(page, /of \d+ MiB/);
  await load(page, './models/tiny.gguf');
  await said(page, /^Loaded/);
  await expect.poll(() => server.dropped).toContain('/models/slow.gguf');
  expect(await page.isEnabled('#answer')).toBe(true);
  expect(await answers(page)).toHaveLength(2);
  await page.close();
});

it('says what is wrong with an address', async () => {
  const page = await open();
  const fails = async (address: string, words: RegExp): Promise<void> => {
    await load(page, address);
    await expect(said(page, /^Loaded/)).rejects.toThrow(words);
  };
  await fails('./models/none.gguf', /does not exist/);
  await fails('./models/page.gguf', /web page/);
  await fails(`${other.origin}/tiny.gguf`, /CORS/);
  await fails('http://127.0.0.1:9/tiny.gguf', /cannot be reached/);
  await page.close();
});
