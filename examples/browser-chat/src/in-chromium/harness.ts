// The page as its users get it: built by Vite, served from loopback, opened in Chromium.
import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Builds the page, of packages that are built. */
export async function buildPage(outDir: string): Promise<void> {
  await build({
    root,
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true, minify: false, reportCompressedSize: false },
  });
}

export interface PageServer {
  readonly origin: string;
  /** Paths that were asked for, by method. */
  readonly asked: string[];
  /** Paths of answers that were given up before their end. */
  readonly dropped: string[];
  close(): void;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/**
 * Serves a folder, and files elsewhere under paths of their own.
 *
 * @param stalled paths of which it sends the first half and then nothing
 */
export async function serve(
  folder: string,
  files: Readonly<Record<string, string>> = {},
  stalled: readonly string[] = [],
): Promise<PageServer> {
  const asked: string[] = [];
  const dropped: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://host');
    asked.push(`${request.method} ${pathname}`);
    const path = files[pathname] ?? join(folder, pathname === '/' ? 'index.html' : pathname);
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'content-length': found.size,
      etag: `"${found.mtimeMs}"`,
    });
    response.on('close', () => {
      if (!response.writableFinished) dropped.push(pathname);
    });
    if (request.method === 'HEAD') response.end();
    else if (stalled.includes(pathname))
      createReadStream(path, { end: Math.floor(found.size / 2) }).pipe(response, { end: false });
    else createReadStream(path).pipe(response);
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    dropped,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Starts Chromium, with WebGPU in software where it finds no graphics card. */
export function launch(): Promise<Browser> {
  if (!existsSync(executablePath)) {
    throw new Error(`There is no ${executablePath}: install the package chromium, or name one in CHROMIUM.`);
  }
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--enable-unsafe-webgpu',
      '--enable-features=Vulkan',
      '--use-webgpu-adapter=swiftshader',
    ],
  });
}

/** Waits until the page says something that matches, and returns it; it fails if the page says that something failed. */
export async function said(page: Page, pattern: RegExp): Promise<string> {
  const status = page.locator('#status');
  const words = async (): Promise<string> => (await status.textContent()) ?? '';
  await page.waitForFunction(
    ([source]) => {
      const element = document.getElementById('status');
      return (
        new RegExp(source as string).test(element?.textContent ?? '') || element?.classList.contains('failed')
      );
    },
    [pattern.source],
    { timeout: 0 },
  );
  const text = await words();
  if (!pattern.test(text)) throw new Error(`The page says: ${text}`);
  return text;
}
