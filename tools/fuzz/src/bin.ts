import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { caseFiles } from './run-cases.js';
import { supervise } from './supervise.js';
import { TARGETS } from './targets/index.js';

interface Options {
  readonly count: number;
  readonly seed: number;
  readonly workers: number;
  readonly json: boolean;
  readonly write?: string;
}

const wholeNumber = (text: string): number => {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
};

await new Command('fuzz')
  .description('Feed a reader of files with mutated ones, and watch time, memory and errors.')
  .argument('<target>', `one of ${[...TARGETS.keys()].join(', ')}`)
  .option('--count <n>', 'how many cases', wholeNumber, 10_000)
  .option('--seed <n>', 'which cases', wholeNumber, 1)
  .option('--workers <n>', 'threads', wholeNumber, availableParallelism())
  .option('--write <folder>', 'where to write the files of the cases that were found')
  .option('--json', 'one object on standard output', false)
  .action(run)
  .parseAsync();

async function run(name: string, { count, seed, workers, json, write }: Options): Promise<void> {
  const target = TARGETS.get(name);
  if (target === undefined) {
    console.error(`There is no target ${name}; there is ${[...TARGETS.keys()].join(', ')}.`);
    process.exitCode = 2;
    return;
  }
  const start = performance.now();
  let told = start;
  const result = await supervise({
    target: name,
    seed,
    count,
    workers: Math.max(1, workers),
    workerFile: new URL('./worker.js', import.meta.url),
    onProgress: ({ cases, findings }) => {
      if (performance.now() - told < 10_000) return;
      told = performance.now();
      console.error(`${cases} of ${count} cases, ${findings.length} findings`);
    },
  });
  const seconds = (performance.now() - start) / 1_000;
  const report = { target: name, seed, count, workers, ...result, seconds, casesPerSecond: count / seconds };
  if (json) console.log(JSON.stringify(report));
  else console.log(JSON.stringify(report, null, 2));
  if (write !== undefined && result.findings.length > 0) {
    await target.prepare();
    const seeds = await target.seeds();
    for (const { case: index } of result.findings) {
      const folder = join(write, `${name}-${seed}-${index}`);
      await mkdir(folder, { recursive: true });
      for (const [file, content] of caseFiles(target, seeds, { seed, index }).files) {
        await writeFile(join(folder, file), content);
      }
    }
  }
  process.exitCode = result.findings.length > 0 ? 1 : 0;
}
