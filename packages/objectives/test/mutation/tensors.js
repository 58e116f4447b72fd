// Mutation testing of what formulas do with tensors: `pnpm --filter @ais/objectives mutation:tensors [PARTS OF PATHS]`.
// Each mutant is tried on the tests beside its file and, where those pass, on all others. The score is kept in
// docs/objectives/mutation.md.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundleTests, failureOf, isBeside, loadTests, prepare, testFiles } from './in-process-tests.js';
import { tensorMutants } from './tensor-mutants.js';

const parts = process.argv.slice(2);
const bundle = resolve(`reports/tensors-${process.pid}.mjs`);
const allTests = [...testFiles(), 'test/importance-option.test.ts'];

/** Tries a mutant: what became of it, and the test that noticed. */
async function tryMutant(file, text) {
  const near = allTests.filter((test) => isBeside(test, file));
  for (const files of [near, allTests.filter((test) => !near.includes(test))]) {
    if (files.length === 0) continue;
    try {
      await bundleTests(files, bundle, [replacing(resolve(file), text)]);
      for (const { id, run } of await loadTests(bundle)) {
        const failure = await failureOf(run);
        // A name that is not in scope is a mistake of the mutation, not one that anybody could leave standing.
        if ([failure, failure?.cause].some((error) => error instanceof ReferenceError))
          return { status: 'invalid' };
        if (failure) return { status: 'killed', by: id };
      }
    } catch (error) {
      if (error?.errors || error instanceof ReferenceError) return { status: 'invalid' };
      return { status: 'killed', by: 'loading the tests' };
    }
  }
  return { status: 'survived' };
}

/** An esbuild plugin that gives one file another text. */
const replacing = (path, text) => ({
  name: 'mutant',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, (given) =>
      given.path === path ? { contents: text, loader: 'ts' } : undefined,
    ),
});

mkdirSync('reports', { recursive: true });
await prepare();
if ((await tryMutant('none', '')).status !== 'survived') throw new Error('a test fails without any mutant');

// The conformance suite is what the formulas are tested with; Stryker mutates it too.
const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => /(?<!\.test|index)\.ts$/.test(file) && !file.startsWith('testing'))
  .map((file) => join('src', file).replaceAll('\\', '/'))
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
  .sort();
const total = { killed: 0, survived: 0, invalid: 0 };
for (const file of files) {
  const counts = { killed: 0, survived: 0, invalid: 0 };
  for (const { line, was, is, text } of tensorMutants(readFileSync(file, 'utf8'))) {
    const { status } = await tryMutant(file, text);
    counts[status] += 1;
    total[status] += 1;
    if (status === 'survived') console.log(`${file}:${line} survives: ${oneLine(was)} → ${oneLine(is)}`);
  }
  if (counts.killed + counts.survived > 0) console.log(`${file}: ${scoreOf(counts)}`);
}
console.log(`together: ${scoreOf(total)}; ${total.invalid} did not compile`);
rmSync(bundle);
process.exitCode = total.survived > 0 ? 1 : 0;

function scoreOf({ killed, survived }) {
  const score = (100 * killed) / (killed + survived);
  return `${killed} of ${killed + survived} killed, ${score.toFixed(2)} %`;
}

function oneLine(code) {
  return code.replace(/\s+/g, ' ');
}
