// The package as a page gets it: bundled for browsers with TensorFlow.js, and the conformance suite of every objective run in
// Chromium, golden values included.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageFolder } from './docs/doc-comment.js';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
const origin = 'http://objectives.test';
const wasmFolder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));

const testFiles = readdirSync(join(packageFolder, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => join(packageFolder, 'src', file))
  .filter((file) => readFileSync(file, 'utf8').includes('conforms('));

const page = `
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { conformances } from './test/conformance.ts';

globalThis.run = async (backend, only) => {
  // Otherwise WebGL compiles a shader for each shape.
  tf.env().set('WEBGL_USE_SHAPES_UNIFORMS', true);
  setWasmPaths('${origin}/');
  if (!await tf.setBackend(backend) || tf.getBackend() !== backend) throw new Error(backend + ' does not start');
  // After the back end has started: some tests make tensors as they are loaded.
  ${testFiles.map((file) => `await import(${JSON.stringify(file)});`).join('\n')}
  const failures = [];
  for (const { objective, checks } of conformances) {
    for (const { name, run } of checks.filter((check) => check.name.startsWith(only))) {
      try {
        await run();
      } catch (error) {
        failures.push(objective + ', ' + name + ': ' + error + ' ' + (error.cause ?? ''));
      }
    }
  }
  return { count: conformances.length, failures };
};
`;

/** Collects what the tests say of conformance, and nothing else of them. */
const collecting: Plugin = {
  name: 'collect conformances',
  setup: ({ onLoad, onResolve }) => {
    onLoad({ filter: /\/test\/conformance\.ts$/ }, () => ({
      resolveDir: join(packageFolder, 'test'),
      contents: `
        import { objectiveChecks } from '../src/testing/index.ts';
        import * as fc from 'fast-check';
        export const conformances = [];
        export const conforms = (factory, options) => conformances.push({
          objective: factory(fc.sample(options.optionsArbitrary, 1)[0]).name,
          checks: objectiveChecks(factory, { ...options, numRuns: 1, seed: 1 }),
        });`,
    }));
    onResolve({ filter: /^vitest$/ }, () => ({ path: 'vitest', namespace: 'none' }));
    onLoad({ filter: /./, namespace: 'none' }, () => ({
      contents: `
        export const expect = undefined;
        export const it = () => {};
        it.each = () => it;
        export const describe = (_, body) => body();
        describe.each = () => it;`,
    }));
  },
};

let bundle = '';
let browser: Browser;
beforeAll(async () => {
  if (!executablePath) throw new Error('no Chromium in /usr/bin: install the package chromium');
  const { outputFiles } = await build({
    stdin: { contents: page, resolveDir: packageFolder, loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    conditions: ['@ais/source'],
    logLevel: 'error',
    plugins: [collecting],
  });
  bundle = outputFiles[0]?.text ?? '';
  // WebGL in software, as on machines without a graphics card.
  const webgl = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...webgl] });
});
afterAll(() => browser?.close());

it.each([
  ['wasm', ''],
  // The plain CPU back end computes in a page as it does in Node, where all laws are tried on it.
  ['cpu', 'golden'],
  // In software it takes minutes for all laws.
  ['webgl', 'golden'],
])('every objective conforms in a page, on %s %s', async (backend, only) => {
  const tab = await browser.newPage();
  await tab.route(`${origin}/**`, (route) => {
    const file = new URL(route.request().url()).pathname.slice(1);
    return file.endsWith('.wasm')
      ? route.fulfill({ path: join(wasmFolder, file), contentType: 'application/wasm' })
      : route.fulfill({ body: '<!doctype html>', contentType: 'text/html' });
  });
  await tab.goto(origin);
  await tab.addScriptTag({ content: bundle });
  const { count, failures } = (await tab.evaluate(`run('${backend}', '${only}')`)) as {
    count: number;
    failures: string[];
  };
  expect(failures).toEqual([]);
  expect(count).toBeGreaterThanOrEqual(testFiles.length);
  await tab.close();
});
