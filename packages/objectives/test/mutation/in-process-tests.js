// The package's tests in one process, for mutation testing: a test runner would start a worker, and load TensorFlow.js, for
// each mutant.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { build } from 'esbuild';
import * as fc from 'fast-check';
import { takeTests } from './vitest.js';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers the gradients

let loads = 0;

/** What every run needs once, before the first test. */
export async function prepare() {
  await tf.setBackend('cpu');
  // One counterexample is enough; the smallest one is for people.
  fc.configureGlobal({ endOnFailure: true });
}

/** The tests of the formulas beside the sources, and of the theory: not those of pages, pictures and bundles. */
export function testFiles() {
  const beside = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .sort();
  return [...beside.map((file) => `src/${file}`.replaceAll('\\', '/')), 'test/theory.test.ts'];
}

/** Bundles test files with what they import from the package; esbuild's plugins may change sources on the way. */
export async function bundleTests(files, outfile, plugins = []) {
  await build({
    stdin: {
      contents: [
        `import { enterFile } from 'vitest';`,
        ...files.map((file) => `enterFile('${file}'); await import('./${file}');`),
      ].join('\n'),
      resolveDir: process.cwd(),
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'silent',
    // Where test/docs/doc-comment.ts finds the package from.
    define: { 'import.meta.dirname': JSON.stringify(join(process.cwd(), 'test/docs')) },
    plugins: [...plugins, { name: 'vitest in process', setup: useOwnVitest }],
  });
}

/** Evaluates a bundle again and returns its tests. */
export async function loadTests(bundle) {
  takeTests();
  loads += 1;
  await import(`${pathToFileURL(bundle).href}?load=${loads}`);
  return takeTests();
}

/** Runs a test and cleans up after it; its error where it fails. */
export async function failureOf(run) {
  const engine = tf.engine();
  engine.startScope();
  const depth = engine.state.scopeStack.length;
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    while (engine.state.scopeStack.length > depth) engine.endScope();
    engine.endScope();
    engine.state.gradientDepth = 0;
    engine.state.kernelDepth = 0;
    engine.state.activeTape = null;
  }
}

/** Whether a test stands beside a source file: those are the ones to fail. */
export function isBeside(testFile, sourceFile) {
  return basename(testFile) === basename(sourceFile).replace(/\.ts$/, '.test.ts');
}

function useOwnVitest({ onResolve }) {
  onResolve({ filter: /^vitest$/ }, () => ({
    path: pathToFileURL(join(import.meta.dirname, 'vitest.js')).href,
    external: true,
  }));
}
