// What needs tensors, computed in Chromium on every back end that a page may have, beside Node on WASM.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { backEnds, computations } from './computations.js';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
// WebGPU exists in secure pages only.
const origin = 'https://pages.test';
const wasmFolder = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));

const page = `
import { useBackend } from '@ais/runtime';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgl';
import * as tf from '@tensorflow/tfjs-core';
import { computations } from './computations.ts';

globalThis.compute = async (backEnd) => {
  setWasmPaths('${origin}/');
  // WebGL is no back end of the runtime, which registers the gradients all the same.
  await useBackend(backEnd === 'webgl' ? 'cpu' : backEnd);
  // Otherwise WebGL compiles a shader for each shape.
  tf.env().set('WEBGL_USE_SHAPES_UNIFORMS', true);
  if (!await tf.setBackend(backEnd) || tf.getBackend() !== backEnd) throw new Error(backEnd + ' does not start');
  const found = {};
  for (const [entry, compute] of Object.entries(computations)) found[entry] = await compute();
  return found;
};
`;

let bundle = '';
let browser: Browser;
beforeAll(async () => {
  if (!existsSync(executablePath)) {
    throw new Error(`There is no ${executablePath}: install the package chromium, or name one in CHROMIUM.`);
  }
  const { outputFiles } = await build({
    stdin: { contents: page, resolveDir: import.meta.dirname, loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    conditions: ['@ais/source'],
    logLevel: 'error',
  });
  bundle = outputFiles[0]?.text ?? '';
  // Without a graphics card, WebGL and WebGPU compute in software.
  const webgl = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
  const webgpu = ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--use-webgpu-adapter=swiftshader'];
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...webgl, ...webgpu] });
});
afterAll(() => browser?.close());

it.each(backEnds)('a page computes on %s what Node does', async (backEnd) => {
  const tab = await browser.newPage();
  await tab.route(`${origin}/**`, (route) => {
    const file = new URL(route.request().url()).pathname.slice(1);
    return extname(file) === '.wasm'
      ? route.fulfill({ path: join(wasmFolder, file), contentType: 'application/wasm' })
      : route.fulfill({ body: '<!doctype html>', contentType: 'text/html' });
  });
  await tab.goto(origin);
  await tab.addScriptTag({ content: bundle });
  const found = (await tab.evaluate(`compute('${backEnd}')`)) as Record<string, number[]>;
  await tab.close();
  for (const [entry, compute] of Object.entries(computations)) {
    const expected = await compute();
    const scale = Math.max(...expected.map(Math.abs));
    const furthest = Math.max(
      ...expected.map((value, index) => Math.abs(value - (found[entry]?.[index] as number))),
    );
    // NaN and missing values are not below it.
    expect(furthest / scale, entry).toBeLessThan(1e-3);
    expect(found[entry]?.length, entry).toBe(expected.length);
  }
});
