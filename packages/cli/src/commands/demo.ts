import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { onInterruption } from '../interruption.js';
import { formatDuration, progressReporter } from '../progress.js';
import { UsageError } from '../usage-error.js';

interface DemoFlags {
  readonly source?: string;
  readonly preset?: string;
  readonly seed?: number;
  readonly backend?: string;
  readonly out?: string;
  readonly resume?: boolean;
  readonly processes: number;
  readonly json?: boolean;
}

/** `ais demo`: the paper's pipeline in small, from a corpus to a report. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('Run the whole pipeline in small: SFT, gold reward model, labels, DPO and AIS-DPO, report.')
    .option(
      '--source <name>',
      'text to work on: synthetic (built in), debian (package descriptions), or a .jsonl file',
    )
    .option(
      '--preset <name>',
      'scale: tiny (minutes) or small (tens of minutes); by default the one of the source',
    )
    .option('--seed <number>', 'seed of everything random', wholeNumber)
    .option(
      '--backend <name>',
      'wasm, native, native-gpu, webgpu or cpu; by default wasm for synthetic text, else native',
    )
    .option('--out <folder>', 'run folder; by default the next free one under runs/')
    .option('--resume', 'go on with the interrupted run in the folder that --out names')
    .option(
      '--processes <number>',
      'stages at work at once, each in a process of its own',
      wholeNumber,
      Math.min(2, availableParallelism()),
    )
    .option('--json', 'print one JSON object on standard output, progress on standard error')
    .action(runDemoCommand);
}

async function runDemoCommand(flags: DemoFlags): Promise<void> {
  // Loaded here, so that the other commands start without it.
  const { useBackend } = await import('@ais/runtime');
  const { demoPreset, demoSummaryTable, readDemoSettings, runDemo } = await import('@ais/studies');
  if (flags.resume && !flags.out)
    throw new UsageError('--resume needs --out, the folder of the run to go on with.');
  const stored = flags.resume && flags.out ? await readDemoSettings(flags.out) : undefined;
  if (flags.resume && !stored) throw new UsageError(`${flags.out} holds no run to resume.`);
  const { source = stored?.source, preset = stored?.preset, seed = stored?.seed } = flags;
  const settings = demoPreset({
    ...(source !== undefined && { source }),
    ...(preset !== undefined && { preset }),
    ...(seed !== undefined && { seed }),
  });
  const backend = await useBackend(flags.backend ?? (settings.source === 'synthetic' ? 'wasm' : 'native'));
  const directory = flags.out ?? nextFreeFolder(`demo-${basename(settings.source, '.jsonl')}`);
  const shown = relative('.', resolve(directory)) || '.';

  const started = performance.now();
  const reporter = progressReporter();
  const interruption = onInterruption((line) => reporter.line(line));
  reporter.line(
    `${settings.preset} preset, ${settings.source} text, seed ${settings.seed}, ${backend.backend} back end → ${shown}`,
  );
  try {
    const { data, report } = await runDemo({
      settings,
      directory,
      resume: flags.resume ?? false,
      backend,
      processes: flags.processes,
      command: reproducingCommand(settings, backend.backend),
      signal: interruption.signal,
      onProgress: (progress) => reporter.report(progress),
    });
    reporter.stop();
    const seconds = (performance.now() - started) / 1000;
    if (flags.json) {
      process.stdout.write(`${JSON.stringify({ directory, report, seconds, ...data })}\n`);
      return;
    }
    process.stdout.write(
      `\n${demoSummaryTable(data)}\n\nReport: ${report} (${formatDuration(1000 * seconds)})\n`,
    );
  } catch (error) {
    reporter.stop();
    if (interruption.signal.aborted) {
      process.stderr.write(`Stopped. To go on: ais demo --resume --out ${shown}\n`);
    }
    throw error;
  } finally {
    interruption.release();
  }
}

function reproducingCommand(
  settings: { source: string; preset: string; seed: number },
  backend: string,
): string {
  const { source, preset, seed } = settings;
  return `ais demo --source ${source} --preset ${preset} --seed ${seed} --backend ${backend}`;
}

/** `runs/<name>-1`, or with the first number that is free. */
function nextFreeFolder(name: string): string {
  let number = 1;
  while (existsSync(join('runs', `${name}-${number}`))) number += 1;
  return join('runs', `${name}-${number}`);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('a whole number is needed.');
  return value;
}
