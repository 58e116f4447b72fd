import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderStudyReport } from '../src/study-report/render-study-report.js';
import { launchChromium, leastContrasts, type OpenedPage, openFile, overflow } from './chromium.js';
import { exampleStudy } from './example-study-data.js';

describe('the studies’ report in a browser', () => {
  let folder: string;
  let context: BrowserContext;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ais-study-report-'));
    const studies = (['fig1', 'fig3', 'fig5', 'weights', 'alternatives'] as const).map((name) =>
      exampleStudy(name, { prompts: 100, evaluations: 5 }),
    );
    const page = await renderStudyReport(studies);
    await writeFile(join(folder, 'report.html'), page);
    await writeFile(join(folder, 'without-script.html'), page.replace(/<script>[\s\S]*<\/script>/, ''));
    context = await launchChromium(folder);
  });

  afterAll(async () => {
    await context?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (width: number, name: string = 'report.html'): Promise<OpenedPage> =>
    openFile(context, join(folder, name), width);

  test.each([320, 360, 768, 1100, 1600])(
    'at %i pixels it is whole, quiet, and asks for nothing',
    async (width) => {
      const { page, complaints, requests } = await open(width);
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      expect(await overflow(page)).toEqual({ overflow: 0, sticking: [] });
      const smallest = await page.locator('figure svg[role=img]').evaluateAll((elements) =>
        Math.min(
          ...elements
            .filter((element) => element.getClientRects().length > 0)
            .flatMap((element) => [...element.querySelectorAll('text')])
            .filter((text) => text.textContent?.trim())
            .map((text) => text.getBoundingClientRect().height),
        ),
      );
      expect(smallest).toBeGreaterThan(8);
      expect([complaints, requests()]).toEqual([[], []]);
      await page.close();
    },
  );

  test('pointing at a mark shows its values, and away hides them', async () => {
    const { page } = await open(1100);
    const figure = page.locator('figure[aria-labelledby="fig3-win-rate-along-epoch"]');
    await figure.scrollIntoViewIfNeeded();
    // The marks of DPO and IPO overlap there: the one that is pointed at counts.
    const box = await figure.locator('.wide .method_0_ path[data-value]').last().boundingBox();
    await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2);
    const tip = page.locator('.tip');
    await expect
      .poll(() => tip.textContent())
      .toMatch(/^DPO, 100.% of training: win rate [\d.]+.% \(95 % interval/);
    expect(await tip.evaluate((element) => element.getBoundingClientRect().right <= innerWidth)).toBe(true);
    await page.mouse.move(5, 5);
    expect(await tip.isVisible()).toBe(false);
    await page.close();
  });

  test('on a phone a tap shows the values inside the window', async () => {
    const { page } = await open(360);
    const mark = page
      .locator('figure[aria-labelledby="fig3-kl-along-epoch"] .narrow .method_1_ path[data-value]')
      .last();
    await mark.scrollIntoViewIfNeeded();
    const box = await mark.boundingBox();
    await page.mouse.click((box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2);
    const tip = page.locator('.tip');
    expect(await tip.textContent()).toMatch(/√KL \d/);
    const { left, right } = await tip.evaluate((element) => {
      const rectangle = element.getBoundingClientRect();
      return { left: rectangle.left, right: rectangle.right };
    });
    expect(left).toBeGreaterThanOrEqual(0);
    expect(right).toBeLessThanOrEqual(360);
    await page.close();
  });

  test.each(['report.html', 'without-script.html'])(
    'a method can be hidden and shown, in its study only: %s',
    async (name) => {
      const { page } = await open(1100, name);
      const visible = (study: string, position: number): Promise<number> =>
        page
          .locator(`#${study} figure .wide .method_${position}_ path`)
          .evaluateAll((paths) => paths.filter((path) => path.getClientRects().length > 0).length);
      const before = [await visible('fig3', 0), await visible('fig3', 1), await visible('fig5', 0)];
      expect(before.every((count) => count > 0)).toBe(true);
      const toggle = page.locator('#fig3 .methods input[value="0"]');
      await toggle.focus();
      await page.keyboard.press('Space');
      expect([await visible('fig3', 0), await visible('fig3', 1), await visible('fig5', 0)]).toEqual([
        0,
        before[1],
        before[2],
      ]);
      expect(await page.locator('#fig3 tr[data-method="0"]').first().isVisible()).toBe(false);
      // Paper shows everything whatever was hidden.
      await page.emulateMedia({ media: 'print' });
      expect(await visible('fig3', 0)).toBe(before[0]);
      await page.emulateMedia({ media: 'screen' });
      await toggle.click();
      expect(await visible('fig3', 0)).toBe(before[0]);
      await page.close();
    },
  );

  test.each([
    [1100, 'side by side'],
    [360, 'below each other'],
  ])('at %i pixels samples of one prompt stand %s', async (width, where) => {
    const { page } = await open(width);
    await page.locator('#fig3 details:has(.sample) > summary').first().click();
    const boxes = await page
      .locator('#fig3 .sample')
      .first()
      .locator('.answer')
      .evaluateAll((answers) => answers.map((answer) => answer.getBoundingClientRect().toJSON() as DOMRect));
    // The reference summary, the SFT model, and four methods.
    expect(boxes).toHaveLength(6);
    expect(Math.min(...boxes.map((box) => box.height))).toBeGreaterThan(0);
    const columns = new Set(boxes.map(({ left }) => Math.round(left))).size;
    expect(columns > 1 ? 'side by side' : 'below each other').toBe(where);
    await page.close();
  });

  test('each claim shows its verdict as a mark and in words, and so does the list of all', async () => {
    const { page } = await open(1100);
    const badges = await page.locator('.claim .badge').allInnerTexts();
    expect(badges.length).toBeGreaterThan(5);
    for (const badge of badges)
      expect(badge).toMatch(/^(● shown|✕ refuted|= equivalent|○ open)(, found afterwards)?$/);
    expect(await page.locator('table.summary .badge').allInnerTexts()).toEqual(badges);
    expect(await page.locator('.claim .badge').first().isVisible()).toBe(true);
    await page.close();
  });

  test('it prints all of it, folded parts included', async () => {
    const { page } = await open(900);
    await page.emulateMedia({ media: 'print' });
    const hidden = await page.evaluate(
      () =>
        [...document.querySelectorAll('details table, details dl, details .sample')].filter(
          (element) => element.getBoundingClientRect().height === 0,
        ).length,
    );
    expect(hidden).toBe(0);
    const pages = (await page.pdf({ format: 'A4' })).toString('latin1').match(/\/Type\s*\/Page\b/g) ?? [];
    expect(pages.length).toBeGreaterThan(6);
    expect(pages.length).toBeLessThan(45);
    await page.close();
  });

  test('without its script it still reads: values are titles of the marks', async () => {
    expect(await readFile(join(folder, 'without-script.html'), 'utf8')).not.toContain('<script');
    const { page, complaints } = await open(1600, 'without-script.html');
    const titles = await page.locator('#fig3 figure svg title').allTextContents();
    expect(titles.filter((title) => title.startsWith('AIS-DPO, 100'))).toHaveLength(6);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('text and marks stand out in light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await open(900);
      await page.emulateMedia({ colorScheme });
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = true;
      });
      const { text, mark } = await leastContrasts(page);
      // WCAG 2.2 AA: 4.5 for text, 3 for graphics.
      expect(text).toBeGreaterThan(4.5);
      expect(mark).toBeGreaterThan(3);
      await page.close();
    }
  });
});
