import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderFigures } from '../src/figures/render-figures.js';
import { renderDemoReport } from '../src/report/render-demo-report.js';
import { exampleReportData } from './example-report-data.js';

// Any Chromium does; the variable names one elsewhere than where Debian installs it.
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

describe('the report in a browser', () => {
  let folder: string;
  let context: BrowserContext;

  beforeAll(async () => {
    if (!existsSync(executablePath)) {
      throw new Error(
        `There is no ${executablePath}: install the package chromium, or name a Chromium in the variable CHROMIUM.`,
      );
    }
    folder = await mkdtemp(join(tmpdir(), 'ais-report-'));
    await writeFile(join(folder, 'report.html'), await renderDemoReport(exampleReportData()));
    for (const [name, svg] of Object.entries(await renderFigures(exampleReportData()))) {
      await writeFile(join(folder, `${name}.svg`), svg);
    }
    context = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath,
      headless: true,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  });

  afterAll(async () => {
    await context?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(name: string, width: number) {
    const page = await context.newPage();
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => requests.push(request.url()));
    await page.setViewportSize({ width, height: 900 });
    const address = pathToFileURL(join(folder, name)).href;
    await page.goto(address);
    return {
      page,
      complaints,
      requests: requests.filter((url) => url !== address && !url.startsWith('data:')),
    };
  }

  test.each([320, 360, 768, 1100, 1600, 2400])('at %i pixels it is whole', async (width) => {
    const { page, complaints, requests } = await open('report.html', width);
    // Folded parts count as well.
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    const layout = await page.evaluate(() => ({
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      // What sticks out of the page, other than inside a part that scrolls on its own.
      sticking: [...document.querySelectorAll('body *')]
        .filter((element) => !element.closest('.scroll, svg') && !element.closest('thead'))
        .filter(
          (element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5,
        )
        .map((element) => `${element.tagName}.${element.className}`),
    }));
    expect(layout).toEqual({ overflow: 0, sticking: [] });
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);

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
      const contrasts = await page.evaluate(() => {
        const channels = (color: string) => (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
        const luminance = (color: string) => {
          const [red = 0, green = 0, blue = 0] = channels(color).map((channel) => {
            const value = channel / 255;
            return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
          });
          return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        };
        const background = (element: Element | null): string => {
          if (!element) return 'rgb(255, 255, 255)';
          const color = getComputedStyle(element).backgroundColor;
          return color === 'rgba(0, 0, 0, 0)' ? background(element.parentElement) : color;
        };
        const contrast = (first: string, second: string) => {
          const [high = 0, low = 0] = [luminance(first), luminance(second)].sort((a, b) => b - a);
          return (high + 0.05) / (low + 0.05);
        };
        const texts = [
          ...document.querySelectorAll('h1, h2, h3, h4, p, li, th, td, small, dt, dd, code, summary'),
        ];
        const marks = [...document.querySelectorAll('svg.mark')];
        return {
          text: Math.min(
            ...texts.map((element) => contrast(getComputedStyle(element).color, background(element))),
          ),
          mark: Math.min(
            ...marks.map((element) => contrast(getComputedStyle(element).fill, background(element))),
          ),
        };
      });
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
      expect([complaints, requests]).toEqual([[], []]);
      await page.close();
    }
  });
});
