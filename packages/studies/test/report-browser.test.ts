import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderFigures } from '../src/figures/render-figures.js';
import { renderDemoReport } from '../src/report/render-demo-report.js';
import { launchChromium, leastContrasts, type OpenedPage, openFile, overflow } from './chromium.js';
import { exampleReportData } from './example-report-data.js';

describe('the report in a browser', () => {
  let folder: string;
  let context: BrowserContext;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ais-report-'));
    await writeFile(join(folder, 'report.html'), await renderDemoReport(exampleReportData()));
    for (const [name, svg] of Object.entries(await renderFigures(exampleReportData()))) {
      await writeFile(join(folder, `${name}.svg`), svg);
    }
    context = await launchChromium(folder);
  });

  afterAll(async () => {
    await context?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (name: string, width: number): Promise<OpenedPage> =>
    openFile(context, join(folder, name), width);

  test.each([320, 360, 768, 1100, 1600, 2400])('at %i pixels it is whole', async (width) => {
    const { page, complaints, requests } = await open('report.html', width);
    // Folded parts count as well.
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    expect(await overflow(page)).toEqual({ overflow: 0, sticking: [] });
    expect(complaints).toEqual([]);
    expect(requests()).toEqual([]);

    const charts = await page.locator('figure svg[role=img]').evaluateAll((elements) =>
      elements
        .filter((element) => element.getClientRects().length > 0)
        .map((element) => {
          const box = element.getBoundingClientRect();
          const sizes = [...element.querySelectorAll('text')]
            .filter((text) => text.textContent?.trim())
            .map((text) => text.getBoundingClientRect().height);
          return {
            name: element.getAttribute('aria-label') ?? '',
            width: box.width,
            height: box.height,
            smallestText: Math.min(...sizes),
          };
        }),
    );
    expect(charts).toHaveLength(3);
    for (const chart of charts) {
      expect(chart.name.length).toBeGreaterThan(40);
      expect(chart.width).toBeGreaterThan(200);
      expect(chart.height).toBeGreaterThan(180);
      expect(chart.smallestText).toBeGreaterThan(8);
    }
    await page.close();
  });

  test('hovering a point names its values', async () => {
    const { page } = await open('report.html', 1600);
    const titles = await page.locator('figure svg title').allTextContents();
    expect(titles.filter((title) => title.startsWith('DPO, 20'))).toHaveLength(6);
    const hovered = await page.evaluate(() => {
      const chart = [...document.querySelectorAll('figure svg[role=img]')].find(
        (element) => element.getClientRects().length > 0,
      );
      const target = [...(chart?.querySelectorAll('title') ?? [])].at(-1)?.parentElement;
      target?.scrollIntoView({ block: 'center' });
      const box = target?.getBoundingClientRect();
      if (!box) return undefined;
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
      return top?.querySelector('title')?.textContent;
    });
    expect(hovered).toMatch(/^DPO, 100.% of the epoch/);
    await page.close();
  });

  test('text stands out from its background in light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await open('report.html', 900);
      await page.emulateMedia({ colorScheme });
      const contrasts = await leastContrasts(page);
      // WCAG 2.2 AA: 4.5 for text, 3 for graphics.
      expect(contrasts.text).toBeGreaterThan(4.5);
      expect(contrasts.mark).toBeGreaterThan(3);
      await page.close();
    }
  });

  test('it prints without cutting anything off', async () => {
    const { page } = await open('report.html', 900);
    const document = await page.pdf({ format: 'A4' });
    const pages = document.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? [];
    expect(pages.length).toBeGreaterThan(2);
    expect(pages.length).toBeLessThan(14);
    await page.close();
  });

  test('the figures open on their own', async () => {
    for (const name of ['win-rate-along-epoch', 'kl-along-epoch', 'win-rate-against-kl']) {
      const { page, complaints, requests } = await open(`${name}.svg`, 700);
      expect(await page.locator('svg').getAttribute('aria-label')).toMatch(/At the end/);
      expect([complaints, requests()]).toEqual([[], []]);
      await page.close();
    }
  });
});
