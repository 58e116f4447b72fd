import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TokenizedPair } from '@ais/data';
import {
  type DirectoryStoreOptions,
  type StageKind,
  type StageRegistry,
  type StageSpec,
  stageSpec,
} from '@ais/workflow';
import { TINY } from '../sizes.js';
import { randomPairs, trainSmall } from '../small-run.js';
import { reproducibleMetrics, storedCheckpoints } from '../stored-run.js';

/** Random pairs to train on. */
const pairs: StageKind<{ readonly seed: number }, object, { readonly pairs: number }> = {
  name: 'pairs',
  async run({ seed }, _inputs, { directory }) {
    const made = randomPairs(TINY, seed);
    await writeFile(join(directory, 'pairs.json'), JSON.stringify(made));
    return { pairs: made.length };
  },
};

/** Trains a tiny model with AIS-DPO, with a checkpoint at every second step, from which it resumes. */
const training: StageKind<
  { readonly seed: number; readonly steps: number },
  { readonly pairs: string },
  { readonly fingerprint: string }
> = {
  name: 'training',
  async run({ seed, steps }, inputs, { directory, title, signal, progress, hints }) {
    const { pause = 0 } = (hints ?? {}) as { readonly pause?: number };
    const run = join(directory, RUN);
    const text = await readFile(join(inputs.pairs, 'pairs.json'), 'utf8');
    const { checkpoint } = await trainSmall(
      TINY,
      {
        directory: run,
        seed,
        steps,
        signal,
        checkpointEvery: 2,
        callbacks: [
          {
            step: async ({ step }) => {
              progress({ task: title, completed: step, total: steps });
              // As long on any machine: what is killed has to be at work.
              await delay(pause, undefined, { signal }).catch(() => {});
            },
          },
        ],
      },
      JSON.parse(text) as TokenizedPair[],
    );
    await copyFile(join(checkpoint, 'model.safetensors'), join(directory, 'model.safetensors'));
    await writeFile(join(directory, 'metrics.jsonl'), reproducibleMetrics(run));
    return { fingerprint: storedCheckpoints(run).at(-1)?.fingerprint ?? '' };
  },
};

/** Puts the metrics of trainings one below the other. */
const summary: StageKind<object, Readonly<Record<string, string>>, { readonly lines: number }> = {
  name: 'summary',
  async run(_settings, inputs, { directory }) {
    const texts = await Promise.all(
      Object.values(inputs).map((folder) => readFile(join(folder, 'metrics.jsonl'), 'utf8')),
    );
    await writeFile(join(directory, 'metrics.jsonl'), texts.join('\n'));
    return { lines: texts.join('\n').split('\n').length };
  },
};

/** The folder of a training's run: it serves to resume, and holds times of day. */
const RUN = 'run';

/** How a store of these stages is made. */
export const storeOptions: Required<Pick<DirectoryStoreOptions, 'discard'>> = { discard: [RUN] };

export const stages: StageRegistry = { kinds: [pairs, training, summary] };

/**
 * A study of tiny stages: pairs, trainings on them, and summaries of the trainings.
 *
 * @param jobs how many stages; at least 3
 * @param pause milliseconds that a training waits at each step
 */
export function sweepStages(
  jobs: number,
  { steps = 20, pause = 0 }: { readonly steps?: number; readonly pause?: number } = {},
): StageSpec[] {
  const groups = Math.max(1, Math.round(jobs / 15));
  const trainings = jobs - 3 * groups;
  const sources = Array.from({ length: 2 * groups }, (_, seed) => stageSpec(pairs, { seed }, {}));
  const runs = Array.from({ length: trainings }, (_, seed) =>
    stageSpec(
      ...([training, { seed, steps }, { pairs: sources[seed % sources.length] as StageSpec }] as const),
      ...(['wasm', { pause }] as const),
    ),
  );
  const summaries = Array.from({ length: groups }, (_, group) => {
    const own = runs.filter((_run, place) => place % groups === group);
    return stageSpec(summary, {}, Object.fromEntries(own.map((stage, place) => [`run${place}`, stage])));
  });
  return [...sources, ...runs, ...summaries];
}
