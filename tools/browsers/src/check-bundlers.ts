// Bundles every entry that a page can import by entries.json, from the packed tarballs, as its users would: no error, no warning,
// nothing of Node in what comes out, and Chromium imports it. The other entries must be refused.
//
//   pnpm check:bundlers          every entry with esbuild; one that reaches most packages with the others
//   pnpm check:bundlers --all    every entry with every bundler
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { type Bundle, bundlers } from './bundlers.js';
import { browserEntries } from './entries.js';
import { installPacked } from './packed-packages.js';

/** It imports objectives, KL divergences, statistics, models, and back ends. */
const REPRESENTATIVE = '@ais/trainer/in-memory';
const everywhere = process.argv.includes('--all');

const forPages = browserEntries.filter(({ page }) => page !== 'no').map(({ entry }) => entry);
const forNode = browserEntries.filter(({ page }) => page === 'no').map(({ entry }) => entry);
const nameOf = (entry: string): string => entry.replace('@ais/', '').replace('/', '-');

const faults: string[] = [];
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ais-pages-')));
const scriptOf = (entry: string): string => join(folder, `${nameOf(entry)}.js`);
const scriptsOf = (entries: readonly string[]): Record<string, string> =>
  Object.fromEntries(entries.map((entry) => [nameOf(entry), scriptOf(entry)]));

try {
  await installPacked(folder);
  for (const { entry } of browserEntries) writeFileSync(scriptOf(entry), `export * from '${entry}';\n`);

  const built: { entry: string; bundler: string }[] = [];
  for (const [bundler, bundle] of Object.entries(bundlers)) {
    const entries = everywhere || bundler === 'esbuild' ? forPages : [REPRESENTATIVE];
    const found = await bundle(scriptsOf(entries), folder, join(folder, 'dist', bundler));
    faults.push(...faultsOf(found).map((fault) => `${bundler}: ${fault}`));
    built.push(...entries.map((entry) => ({ entry, bundler })));
    console.log(`${bundler}: ${entries.length} of ${forPages.length} entries`);
  }

  for (const entry of forNode) {
    const found = await bundlers['esbuild']?.(scriptsOf([entry]), folder, join(folder, 'dist/none'));
    if (!found?.faults.some((fault) => /Could not resolve "(node:)?\w+/.test(fault)))
      faults.push(`${entry} builds for browsers: say so in tools/browsers/entries.json`);
  }

  if (faults.length === 0) await importInChromium(built);
} finally {
  rmSync(folder, { recursive: true });
}
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`${forPages.length} entries can be imported in a page, ${forNode.length} are refused`);

/** A bundle is whole: it imports nothing from outside, and no thread of Node has become a file of it. */
function faultsOf({ faults: found, files }: Bundle): string[] {
  return [
    ...found,
    ...(files.length === 0 ? ['there is no bundle'] : []),
    ...files.flatMap(({ file, outside }) => outside.map((name) => `${file} imports ${name}`)),
    ...files
      .filter(({ file }) => /-worker|jinja-guard|-thread/.test(file))
      .map(({ file }) => `${file} is a thread of Node`),
  ];
}

/** Imports each bundle in a page of its own, where it has to have the names that Node finds. */
async function importInChromium(bundles: readonly { entry: string; bundler: string }[]): Promise<void> {
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    const page = await browser.newPage();
    await page.route('http://pages.test/**', (route) => {
      const { pathname } = new URL(route.request().url());
      return pathname === '/'
        ? route.fulfill({ contentType: 'text/html', body: '<!doctype html><link rel="icon" href="data:,">' })
        : route.fulfill({ contentType: 'text/javascript', path: join(folder, 'dist', pathname) });
    });
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(`Chromium: ${message.text()}`);
    });
    for (const { entry, bundler } of bundles) {
      await page.goto('http://pages.test/');
      const found = await page
        .evaluate(async (from) => Object.keys(await import(from)).sort(), `/${bundler}/${nameOf(entry)}.js`)
        .catch((error) => [String(error)]);
      const expected = Object.keys(await import(scriptOf(entry))).sort();
      if (found.join() !== expected.join())
        faults.push(
          `${entry}, built by ${bundler}: a page finds ${found.join(', ')}; Node finds ${expected.join(', ')}`,
        );
    }
  } finally {
    await browser.close();
  }
}
