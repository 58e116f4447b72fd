import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useBackend } from '@ais/runtime';
import { readMetrics } from '@ais/trainer/runs';
import { SMALL } from './sizes.js';
import { trainSmall } from './small-run.js';

/** A stretch of a long run. */
interface Stretch {
  readonly minutes: number;
  readonly steps: number;
  readonly tokensPerSecond: number;
  /** CPU time of a step, its share of evaluations and checkpoints included: other work on the machine hardly shows in it. */
  readonly cpuMillisecondsPerStep: number;
  readonly residentMegabytes: number;
  readonly tensors: number;
}

const STRETCHES = 12;
/** More steps than any run here will make: the time decides. */
const STEPS = 1_000_000;

/** Trains for this many minutes, with checkpoints and evaluations, and writes what memory and throughput did. */
export async function longRun(options: {
  readonly directory: string;
  readonly minutes: number;
  readonly backend: string;
  readonly json: boolean;
}): Promise<void> {
  const { directory, minutes } = options;
  const { backend, versions } = await useBackend(options.backend);
  const started = performance.now();
  const ends: { readonly seconds: number; readonly cpuSeconds: number }[] = [];
  const cpuSeconds = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  await trainSmall(SMALL, {
    directory,
    steps: STEPS,
    resume: false,
    checkpointEvery: 100,
    callbacks: [
      {
        step({ step, seconds }, run) {
          ends.push({ seconds, cpuSeconds: cpuSeconds() });
          if (seconds >= minutes * 60) run.stop(`${minutes} minutes are over`);
          if (step % 500 === 0) process.stderr.write(`step ${step}, ${(seconds / 60).toFixed(1)} minutes\n`);
        },
      },
    ],
  });
  const seconds = (performance.now() - started) / 1000;
  const lines = (await readMetrics(join(directory, 'metrics.jsonl'))).filter(
    ({ event }) => event === 'train',
  );
  const size = Math.ceil((ends.at(-1)?.seconds ?? 0) / STRETCHES) || 1;
  const stretches = Array.from({ length: STRETCHES }, (_, index): Stretch => {
    const inside = (at: number): boolean =>
      Math.min(STRETCHES - 1, Math.floor((ends[at]?.seconds ?? 0) / size)) === index;
    const own = lines.filter((_line, at) => inside(at));
    const ownEnds = ends.filter((_end, at) => inside(at));
    const median = (name: string): number => middle(own.map((line) => Number(line[name])));
    return {
      minutes: ((index + 1) * size) / 60,
      steps: own.length,
      tokensPerSecond: median('timing/tokens_per_second'),
      cpuMillisecondsPerStep:
        (1000 * ((ownEnds.at(-1)?.cpuSeconds ?? 0) - (ownEnds[0]?.cpuSeconds ?? 0))) /
        Math.max(1, ownEnds.length - 1),
      residentMegabytes: Math.max(...own.map((line) => Number(line['memory/resident_bytes']))) / 2 ** 20,
      tensors: Math.max(...own.map((line) => Number(line['memory/tensors']))),
    };
  }).filter(({ steps }) => steps > 0);
  // The first stretch warms up: compiling, caches, the first evaluation.
  const [, second = stretches[0]] = stretches;
  const last = stretches.at(-1);
  const report = {
    backend,
    versions,
    seconds,
    steps: lines.length,
    throughputRatio: (last?.tokensPerSecond ?? 0) / (second?.tokensPerSecond ?? 1),
    cpuPerStepRatio: (last?.cpuMillisecondsPerStep ?? 0) / (second?.cpuMillisecondsPerStep ?? 1),
    residentGrowthMegabytes: (last?.residentMegabytes ?? 0) - (second?.residentMegabytes ?? 0),
    tensorGrowth: (last?.tensors ?? 0) - (second?.tensors ?? 0),
    stretches,
  };
  writeFileSync(join(directory, 'soak.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(directory, 'soak.md'), table(stretches));
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : table(stretches));
}

function table(stretches: readonly Stretch[]): string {
  const rows = stretches.map(
    ({ minutes, steps, tokensPerSecond, cpuMillisecondsPerStep, residentMegabytes, tensors }) =>
      [
        minutes.toFixed(1),
        steps,
        tokensPerSecond.toFixed(0),
        cpuMillisecondsPerStep.toFixed(1),
        residentMegabytes.toFixed(0),
        tensors,
      ].join(' | '),
  );
  return [
    '| until minute | steps | tokens/s (median) | CPU ms per step | resident MiB (highest) | tensors |',
    '|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n');
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
