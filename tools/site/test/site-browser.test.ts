// The built site in Chromium: it renders, searches, goes dark, and is read on a phone and without JavaScript.
import { existsSync, readdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { distFolder, siteBase } from '../src/workspace.js';
import { serveFolder } from './server.js';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

let browser: Browser;
let server: Server;
let origin: string;
beforeAll(async () => {
  if (!existsSync(distFolder)) throw new Error('There is no built site: run pnpm site build first.');
  ({ server, origin } = await serveFolder(distFolder, siteBase()));
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
});
afterAll(async () => {
  await browser?.close();
  server?.close();
});

/** Opens a page, and keeps what it complains about. */
async function open(context: BrowserContext, path: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(`${origin}${path}`, { waitUntil: 'networkidle' });
  return { page, complaints };
}

const html = readdirSync(distFolder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.html') && !file.startsWith('files/') && file !== '404.html')
  .sort();

test('every page is whole on a phone of 375 pixels without JavaScript, and does not scroll sideways', async () => {
  const context = await browser.newContext({
    javaScriptEnabled: false,
    viewport: { width: 375, height: 800 },
  });
  const page = await context.newPage();
  const wrong: string[] = [];
  for (const file of html) {
    await page.goto(`${origin}/${file}`);
    const heading = (await page.locator('h1').first().textContent()) ?? '';
    // Layout is computed by the driver, for the page itself has no JavaScript.
    const { width } = (await page.locator('html').boundingBox()) ?? { width: 0 };
    const scrolled = await page.evaluate(() => document.documentElement.scrollWidth);
    if (heading.trim() === '') wrong.push(`${file} has no heading`);
    if (width > 375 || scrolled > 375) wrong.push(`${file} is ${Math.max(width, scrolled)} pixels wide`);
  }
  expect(wrong).toEqual([]);
  expect(html.length).toBeGreaterThan(200);
  await context.close();
});

test('without JavaScript a page has its text, its navigation, and its links', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const { page } = await open(context, '/tutorial');
  expect(await page.locator('.vp-doc').textContent()).toContain('make-questions.mjs');
  await page.locator('.VPSidebar').getByText('Use one package').click();
  await page.waitForURL('**/quick-start/one-package');
  expect(await page.locator('h1').textContent()).toContain('Use one package');
  await context.close();
});

test.each(['/', '/quick-start/', '/reference/settings', '/reference/trainer/', '/results/'])(
  '%s renders without a complaint',
  async (path) => {
    const context = await browser.newContext();
    const { page, complaints } = await open(context, path);
    expect(await page.locator('h1').first().textContent()).not.toBe('');
    expect(complaints).toEqual([]);
    await context.close();
  },
);

test('the home page has its pictures, in the colors of the page', async () => {
  const context = await browser.newContext();
  const { page } = await open(context, '/');
  const drawings = page.locator('.idea svg');
  expect(await drawings.count()).toBe(4);
  const colorOf = () =>
    drawings
      .nth(0)
      .locator('text')
      .first()
      .evaluate((text) => getComputedStyle(text).fill);
  const light = await colorOf();
  await page.locator('.VPSwitchAppearance').first().click();
  expect(await page.locator('html').getAttribute('class')).toContain('dark');
  expect(await colorOf()).not.toBe(light);
  await context.close();
});

test('the dark stays when the reader goes on', async () => {
  const context = await browser.newContext({ colorScheme: 'light' });
  const { page } = await open(context, '/tutorial');
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.locator('.VPSwitchAppearance').first().click();
  await page.goto(`${origin}/troubleshooting`);
  expect(await background()).not.toBe(light);
  await context.close();
});

test('search finds a page by its words, and leads there', async () => {
  const context = await browser.newContext();
  const { page } = await open(context, '/');
  await page.keyboard.press('Control+k');
  await page.locator('#localsearch-input').fill('two copies of TensorFlow');
  const [first] = [page.locator('.VPLocalSearchBox .result').first()];
  await first.waitFor();
  expect(await first.textContent()).toContain('Two copies of TensorFlow.js');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/troubleshooting#two-copies-of-tensorflowjs');
  await context.close();
});

test('search finds public names', async () => {
  const context = await browser.newContext();
  const { page } = await open(context, '/');
  await page.keyboard.press('Control+k');
  await page.locator('#localsearch-input').fill('computeReferenceLogProbs');
  await page
    .locator(
      '.VPLocalSearchBox .result a[href*="/reference/trainer"], .VPLocalSearchBox a.result[href*="/reference/trainer"]',
    )
    .first()
    .waitFor();
  await context.close();
});

test('on a phone the menu opens and leads on', async () => {
  const context = await browser.newContext({ viewport: { width: 375, height: 800 } });
  const { page, complaints } = await open(context, '/');
  await page.locator('.VPNavBarHamburger').click();
  await page.locator('.VPNavScreen').getByText('Recipes').click();
  await page.waitForURL('**/how-to/');
  expect(complaints).toEqual([]);
  await context.close();
});

test.each([
  ['figure-1', 'Over all θ'],
  ['sum-or-mean', 'truncation0.354'],
  ['over-optimization', 'Nothing is trained yet'],
  ['smollm2', 'at least one model'],
])('the live page %s computes, and fits a phone', async (name, words) => {
  const context = await browser.newContext({ viewport: { width: 375, height: 800 } });
  const { page, complaints } = await open(context, `/live/${name}`);
  await page.waitForFunction(
    (words) => document.querySelector('.live-part')?.textContent?.includes(words),
    words,
  );
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
  expect(complaints).toEqual([]);
  await context.close();
});

test('the live training starts in its worker', async () => {
  const context = await browser.newContext();
  const { page, complaints } = await open(context, '/live/over-optimization');
  await page.getByRole('button', { name: 'Train both' }).click();
  await page.waitForFunction(() =>
    /The reference scores/.test(document.querySelector('.live-part [role=status]')?.textContent ?? ''),
  );
  expect(complaints).toEqual([]);
  await context.close();
});
