import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { chromium } from 'playwright-core';

const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** Serves a folder, opens it in Chromium, and waits until the page says what it should. */
export async function openInChromium(folder: string, expected: RegExp): Promise<void> {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname;
    const file = join(folder, normalize(path.endsWith('/') ? `${path}index.html` : path));
    const content = await readFile(file).catch(() => null);
    response.writeHead(content === null ? 404 : 200, {
      'content-type': types[extname(file)] ?? 'text/plain',
    });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await browser.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const text = page.locator('body', { hasText: expected });
    await text.waitFor({ timeout: 120_000 }).catch(async (error: Error) => {
      const shown = await page.locator('body').textContent();
      throw new Error(`The page shows ${JSON.stringify(shown)}. ${faults.join('\n')}`, { cause: error });
    });
    if (faults.length > 0) throw new Error(`The page has errors:\n${faults.join('\n')}`);
  } finally {
    await browser.close();
    server.close();
  }
}
