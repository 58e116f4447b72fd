// Runs the package's tests for Stryker within its worker process. Mutants are switched on by a global variable, so one
// bundle serves hundreds of them.
import { join } from 'node:path';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { determineHitLimitReached } from '@stryker-mutator/api/test-runner';
import { bundleTests, failureOf, isBeside, loadTests, prepare, testFiles } from './in-process-tests.js';

class InProcessRunner {
  constructor() {
    this.stryker = globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
    this.bundle = join(process.cwd(), 'mutation-bundle.mjs');
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    await prepare();
    await bundleTests(testFiles(), this.bundle);
    this.tests = await loadTests(this.bundle);
  }

  async dryRun() {
    const tests = [];
    for (const { id, run } of this.tests) {
      this.stryker.currentTestId = id;
      const start = performance.now();
      const failureMessage = (await failureOf(run))?.message;
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
      const all = mutantActivation === 'static' ? await loadTests(this.bundle) : this.tests;
      const wanted = testFilter && new Set(testFilter);
      const tests = nearestFirst(
        all.filter(({ id }) => !wanted || wanted.has(id)),
        sandboxFileName,
      );
      for (const [index, { id, run }] of tests.entries()) {
        const failureMessage = (await failureOf(run))?.message;
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
      : { status: 'error', errorMessage: `${id} fails without the mutant too: ${without.message}` };
  }
}

/**
 * Tests of the mutated file first: they are the ones to fail.
 *
 * Mutants of the conformance suite, which every test runs through, are left to the suite's own tests and to those of a
 * dozen objectives: a survivor would cost a run of everything, and could only be called killed more often.
 */
function nearestFirst(tests, sourceFile) {
  const near = ({ file }) => isBeside(file, sourceFile);
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

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)];
