import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

// Any Chromium does; the variable names one elsewhere than where Debian installs it.
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Starts a Chromium with a profile inside the folder. */
export async function launchChromium(folder: string): Promise<BrowserContext> {
  if (!existsSync(executablePath)) {
    throw new Error(
      `There is no ${executablePath}: install the package chromium, or name a Chromium in the variable CHROMIUM.`,
    );
  }
  return chromium.launchPersistentContext(join(folder, 'profile'), {
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
}

export interface OpenedPage {
  readonly page: Page;
  /** What the page complained about, while it is open. */
  readonly complaints: string[];
  /** What it asked for beside itself and what it holds. */
  readonly requests: () => string[];
}

/** Opens a file at a width in pixels, 900 high. */
export async function openFile(context: BrowserContext, path: string, width: number): Promise<OpenedPage> {
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  await page.setViewportSize({ width, height: 900 });
  const address = pathToFileURL(path).href;
  await page.goto(address);
  return {
    page,
    complaints,
    requests: () => requests.filter((url) => url !== address && !url.startsWith('data:')),
  };
}

/** How far the page is wider than its window, and what sticks out of it, other than inside a part that scrolls on its own. */
export function overflow(page: Page): Promise<{ overflow: number; sticking: string[] }> {
  return page.evaluate(() => ({
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    sticking: [...document.querySelectorAll('body *')]
      .filter((element) => !element.closest('.scroll, svg') && !element.closest('thead'))
      .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5)
      .map((element) => `${element.tagName}.${element.className}`),
  }));
}

/** The least contrast of text and of marks with what they stand on, as WCAG measures it. */
export function leastContrasts(page: Page): Promise<{ text: number; mark: number }> {
  return page.evaluate(() => {
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
      ...document.querySelectorAll(
        'h1, h2, h3, h4, p, li, th, td, small, dt, dd, code, summary, label, legend, a, .badge',
      ),
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
}
