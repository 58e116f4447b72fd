import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { BenchmarkContext } from './context.js';
import { MODEL_NAMES } from './model-shapes.js';
import { measurePreference, type PreferenceBenchmarkSettings, summarizePreference } from './preference.js';
import { trlSettings } from './trl-settings.js';

interface CommonFlags {
  readonly json?: boolean;
  readonly quick?: boolean;
}

/** `pnpm bench` with all its benchmarks. */
export function createProgram(): Command {
  const program = new Command('bench').description(
    'Measure speed and memory side by side with TRL, transformers and tokenizers, on this machine.',
  );
  program.addCommand(preferenceCommand());
  return program;
}

function preferenceCommand(): Command {
  return command('preference', 'Preference steps (DPO) against TRL, and what importance weights add.')
    .addOption(modelOption('pythia-70m'))
    .option('--backend <name>', 'our back end', 'native')
    .option('--pairs <number>', 'pairs a step', wholeNumber, 4)
    .option('--micro-batch <number>', 'our pairs in memory at once', wholeNumber, 1)
    .option('--repetitions <number>', 'steps of each side that count', wholeNumber, 3)
    .option('--rounds <number>', 'rounds of the parts of a step', wholeNumber, 8)
    .addOption(
      new Option('--trl <names...>', 'settings of TRL; "none" measures ours alone')
        .choices([...trlSettings.map(({ name }) => name), 'none'])
        .default(trlSettings.filter(({ usual }) => usual).map(({ name }) => name)),
    )
    .option('--seed <number>', 'of weights and tokens', wholeNumber, 1)
    .action(async (flags: CommonFlags & { microBatch: number } & PreferenceBenchmarkSettings) => {
      const { json, quick: _, microBatch, ...settings } = flags;
      const result = await withInterruption((context) =>
        measurePreference({ ...settings, microBatchSize: microBatch, sgemmSize: 2048 }, context),
      );
      process.stderr.write(`${JSON.stringify(result, undefined, 1)}\n`);
      if (json) process.stdout.write(`${JSON.stringify(summarizePreference(result))}\n`);
    });
}

function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--json', 'end with one JSON line on standard output; progress is on standard error')
    .option('--quick', 'small sizes and one repetition, to see that it works; nothing is published');
}

function modelOption(name: string): Option {
  return new Option('--model <name>', "Pythia's shape").choices([...MODEL_NAMES]).default(name);
}

function wholeNumber(value: string): number {
  if (!/^\d+$/.test(value) || Number(value) < 1)
    throw new InvalidArgumentError('a whole number from 1 is needed.');
  return Number(value);
}

async function withInterruption<T>(work: (context: BenchmarkContext) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await work({
      signal: controller.signal,
      onProgress: (line) => process.stderr.write(`${line}\n`),
    });
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
