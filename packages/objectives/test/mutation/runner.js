// Runs the package's tests for Stryker within its worker process. Mutants are switched on by a global variable, so one
// bundle serves hundreds of them; vitest would start a worker, and load TensorFlow.js, for each.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { determineHitLimitReached } from '@stryker-mutator/api/test-runner';
import * as tf from '@tensorflow/tfjs-core';
import { build } from 'esbuild';
import * as fc from 'fast-check';
import { takeTests } from './vitest.js';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-layers'; // registers the gradients

class InProcessRunner {
  constructor() {
    this.stryker = globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
    this.bundle = join(process.cwd(), 'mutation-bundle.mjs');
    this.loads = 0;
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    await tf.setBackend('cpu');
    // One counterexample is enough; the smallest one is for people.
    fc.configureGlobal({ endOnFailure: true });
    const files = testFiles();
    await build({
      stdin: {
        contents: [
          `import { enterFile } from 'vitest';`,
          ...files.map((file) => `enterFile('${file}'); await import('./${file}');`),
        ].join('\n'),
        resolveDir: process.cwd(),
      },
      outfile: this.bundle,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      logLevel: 'error',
      plugins: [{ name: 'vitest in process', setup: useOwnVitest }],
    });
    this.tests = await this.load();
  }

  /** Evaluates the bundle anew and returns its tests. */
  async load() {
    takeTests();
    this.loads += 1;
    await import(`${pathToFileURL(this.bundle).href}?load=${this.loads}`);
    return takeTests();
  }

  async dryRun() {
    const tests = [];
    for (const { id, run } of this.tests) {
      this.stryker.currentTestId = id;
      const start = performance.now();
      const failureMessage = await failureOf(run);
      const timeSpentMs = performance.now() - start;
      tests.push(
        failureMessage === undefined
          ? { id, name: id, status: 'success', timeSpentMs }
          : { id, name: id, status: 'failed', timeSpentMs, failureMessage },
      );
    }
    this.stryker.currentTestId = undefined;
    const { mutantCoverage } = this.stryker;
    // What loading the tests runs too, because they make objectives by the way, needs no reload to be tried.
    for (const covered of Object.values(mutantCoverage.perTest)) {
      for (const mutant of Object.keys(covered)) delete mutantCoverage.static[mutant];
    }
    return { status: 'complete', tests, mutantCoverage };
  }

  async mutantRun({ activeMutant, mutantActivation, testFilter, sandboxFileName, hitLimit }) {
    Object.assign(this.stryker, { hitCount: hitLimit === undefined ? undefined : 0, hitLimit });
    this.stryker.activeMutant = activeMutant.id;
    try {
      const all = mutantActivation === 'static' ? await this.load() : this.tests;
      const wanted = testFilter && new Set(testFilter);
      const tests = nearestFirst(
        all.filter(({ id }) => !wanted || wanted.has(id)),
        sandboxFileName,
      );
      for (const [index, { id, run }] of tests.entries()) {
        const failureMessage = await failureOf(run);
        const timeout = determineHitLimitReached(this.stryker.hitCount, hitLimit);
        if (timeout) return timeout;
        if (failureMessage !== undefined) return await this.verdict(id, failureMessage, index + 1);
      }
      return { status: 'survived', nrOfTests: tests.length };
    } catch (error) {
      return { status: 'killed', killedBy: [], failureMessage: String(error), nrOfTests: 0 };
    } finally {
      this.stryker.activeMutant = undefined;
    }
  }

  /** The mutant is killed only if the test that failed passes without it: nothing that it broke lives on. */
  async verdict(id, failureMessage, nrOfTests) {
    this.stryker.activeMutant = undefined;
    const sound = this.tests.find((test) => test.id === id);
    const without = await failureOf(sound.run);
    return without === undefined
      ? { status: 'killed', killedBy: [id], failureMessage, nrOfTests }
      : { status: 'error', errorMessage: `${id} fails without the mutant too: ${without}` };
  }
}

/** Runs a test and cleans up after it; its message where it fails. */
async function failureOf(run) {
  const engine = tf.engine();
  engine.startScope();
  const depth = engine.state.scopeStack.length;
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    while (engine.state.scopeStack.length > depth) engine.endScope();
    engine.endScope();
    engine.state.gradientDepth = 0;
    engine.state.kernelDepth = 0;
    engine.state.activeTape = null;
  }
}

/**
 * Tests of the mutated file first: they are the ones to fail.
 *
 * Mutants of the conformance suite, which every test runs through, are left to the suite's own tests and to those of a
 * dozen objectives: a survivor would cost a run of everything, and could only be called killed more often.
 */
function nearestFirst(tests, sourceFile) {
  const own = basename(sourceFile).replace(/\.ts$/, '.test.ts');
  const near = ({ file }) => basename(file) === own;
  const ofSuite = sourceFile.replaceAll('\\', '/').includes('/src/testing/');
  const far = tests.filter((test) => !near(test));
  return [
    ...tests.filter(near),
    ...(ofSuite
      ? [...far.filter(inFolder('src/testing/')), ...far.filter(inFolder('src/objectives/'))]
      : far),
  ];
}

const inFolder =
  (folder) =>
  ({ file }) =>
    file.startsWith(folder);

/** Those of the formulas: not those of pages, pictures and bundles. */
function testFiles() {
  const beside = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .sort();
  return [...beside.map((file) => `src/${file}`), 'test/theory.test.ts'];
}

function useOwnVitest({ onResolve }) {
  onResolve({ filter: /^vitest$/ }, () => ({
    path: pathToFileURL(join(import.meta.dirname, 'vitest.js')).href,
    external: true,
  }));
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)];
