import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { fuzzAll } from './run-all.js';
import { caseFiles } from './run-cases.js';
import { supervise } from './supervise.js';
import type { FuzzTarget } from './target.js';
import { TARGETS } from './targets/index.js';

interface Options {
  readonly cases?: number;
  readonly from: number;
  readonly seed: number;
  readonly workers: number;
  readonly json: boolean;
  readonly results: string;
  readonly first?: string;
  readonly write?: string;
}

const wholeNumber = (text: string): number => {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
};

await new Command('fuzz')
  .description('Feed readers of files and answers with mutated ones, and watch time, memory and errors.')
  .argument('<reader>', `all, or one of ${[...TARGETS.keys()].join(', ')}`)
  .option('--cases <n>', 'how many; of all 1,000,000 by default, of one 10,000', wholeNumber)
  .option('--seed <n>', 'which cases', wholeNumber, 1)
  .option('--from <n>', 'of one, the first case', wholeNumber, 0)
  .option('--workers <n>', 'of one, threads', wholeNumber, 1)
  .option('--write <folder>', 'of one, where to write the files of the cases that were found')
  .option(
    '--results <file>',
    'of all, what was done before, which is continued',
    fileURLToPath(new URL('../results.json', import.meta.url)),
  )
  .option('--first <reader>', 'of all, whose share is read before the others')
  .option('--json', 'one object on standard output', false)
  .action(run)
  .parseAsync();

async function run(name: string, options: Options): Promise<void> {
  const target = TARGETS.get(name);
  if (name === 'all') await runAll(options);
  else if (target) await runOne(target, options);
  else {
    console.error(`There is no reader ${name}. Use all, or one of ${[...TARGETS.keys()].join(', ')}.`);
    process.exitCode = 2;
  }
}

async function runAll({ cases = 1_000_000, seed, results, first, json }: Options): Promise<void> {
  const total = await fuzzAll([...TARGETS.values()], {
    cases,
    seed,
    results,
    first,
    program: fileURLToPath(import.meta.url),
    say: (line) => console.error(line),
  });
  console.log(json ? JSON.stringify(total) : JSON.stringify(total, null, 2));
  process.exitCode = total.findings > 0 ? 1 : 0;
}

async function runOne(
  target: FuzzTarget,
  { cases: count = 10_000, from, seed, workers, json, write }: Options,
): Promise<void> {
  const { name } = target;
  const start = performance.now();
  let told = start;
  const result = await supervise({
    target: name,
    seed,
    from,
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
  const { user, system } = process.cpuUsage();
  const report = {
    target: name,
    seed,
    count,
    workers,
    ...result,
    seconds,
    processorSeconds: (user + system) / 1e6,
  };
  if (write !== undefined && result.findings.length > 0) {
    await target.prepare();
    const seeds = await target.seeds();
    for (const { case: index } of result.findings) {
      const folder = join(write, `${name}-${seed}-${index}`);
      for (const [file, content] of caseFiles(target, seeds, { seed, index }).files) {
        await mkdir(dirname(join(folder, file)), { recursive: true });
        await writeFile(join(folder, file), content);
      }
    }
  }
  process.exitCode = result.findings.length > 0 ? 1 : 0;
  process.stdout.write(`${json ? JSON.stringify(report) : JSON.stringify(report, null, 2)}\n`, () => {
    if (result.stuck) process.kill(process.pid, 'SIGKILL');
  });
}
