import { writeWhole } from '@ais/runtime/files';
import { Command, CommanderError } from 'commander';
import { describeMachine } from '../measurement/machine.js';
import { PAGE, RESULTS } from '../places.js';
import { startSide } from '../processes/start-side.js';
import type { Benchmark } from './benchmark.js';
import { benchmarks } from './benchmarks.js';
import { renderPage, writeResult } from './results.js';

interface Flags {
  readonly json?: boolean;
  readonly quick?: boolean;
  readonly output?: string;
}

/** `pnpm bench` with all its benchmarks. */
export function createProgram(): Command {
  const program = new Command('bench').description(
    'Measure speed and memory side by side with TRL, transformers and tokenizers, on this machine.',
  );
  for (const benchmark of benchmarks) {
    const command = commandOf(benchmark.name, benchmark.description);
    for (const flag of benchmark.flags) command.addOption(flag);
    program.addCommand(command.action(() => run([benchmark], givenFlags(command))));
  }
  const names = benchmarks.map(({ name }) => name).join(', ');
  const all = commandOf('all', `one after another: ${names}`);
  program.addCommand(all.action(() => run(benchmarks, givenFlags(all))));
  program.addCommand(
    new Command('page')
      .description('only renew docs/benchmarks.md from benchmarks/results')
      .action(renewPage),
  );
  return program;
}

async function renewPage(): Promise<void> {
  await writeWhole(PAGE, await renderPage(RESULTS, benchmarks));
}

/** What the user gave: defaults are the benchmark's settings. */
function givenFlags(command: Command): Flags {
  const given = Object.entries(command.opts()).filter(
    ([name]) => command.getOptionValueSource(name) === 'cli',
  );
  return Object.fromEntries(given);
}

function commandOf(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'end with one line of JSON on standard output; progress is on standard error')
    .option('--quick', 'small sizes, our side alone: to see that it works; nothing is published')
    .option(
      '--output <folder>',
      'where results go; benchmarks/results by default, which renews docs/benchmarks.md',
    );
}

async function run(chosen: readonly Benchmark[], { json, quick, output, ...changes }: Flags): Promise<void> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  // Some shells and runners send it twice; what is left over is removed in a moment.
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const { signal } = controller;
  const onProgress = (line: string): boolean => process.stderr.write(`${line}\n`);
  const threads = describeMachine().cores;
  const folder = output ?? (quick ? undefined : RESULTS);
  try {
    for (const benchmark of chosen) {
      const settings = { ...benchmark.settings, ...(quick ? benchmark.quick : {}), ...changes };
      const result = await benchmark.measure(settings, {
        onProgress,
        threads,
        start: (program) => startSide(program, { threads, signal, onProgress }),
      });
      const name = benchmark.resultName?.(settings) ?? benchmark.name;
      if (folder !== undefined) await writeResult(folder, name, result);
      if (folder === RESULTS) await renewPage();
      process.stdout.write(
        json ? `${JSON.stringify(benchmark.summarize(result))}\n` : `${benchmark.render(result)}\n`,
      );
    }
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** @returns the exit status: 0, 1 (it failed), 2 (wrong usage) or 130 (interrupted) */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const program = createProgram();
  for (const each of [program, ...program.commands]) each.exitOverride();
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof Error && error.name === 'AbortError') return 130;
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
