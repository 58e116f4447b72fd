import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelName, modelShapes } from '../inputs/model-shapes.js';
import { countTokens, preferenceBatch } from '../inputs/preference-batch.js';
import { alternate } from '../measurement/alternate.js';
import { makeCheckpoint } from '../measurement/checkpoint.js';
import { type BenchmarkContext, type ResultHeader, resultHeader } from '../measurement/context.js';
import { type Spread, spread } from '../measurement/spread.js';
import { withTemporaryFolder } from '../measurement/temporary-folder.js';
import { withSides } from '../measurement/with-sides.js';
import type { SideProgram } from '../processes/start-side.js';
import type { BackendFacts, StepAnswer } from '../sides/preference-side.js';

/** A model and the batch of its steps. */
export interface ThreadsCase {
  readonly model: ModelName;
  readonly pairs: number;
  readonly promptTokens: number;
  readonly responseTokens: number;
}

export interface ThreadsBenchmarkSettings {
  readonly cases: readonly ThreadsCase[];
  /** Numbers of threads; the first is what the others are compared with. */
  readonly counts: readonly number[];
  readonly seed: number;
  readonly repetitions: number;
}

/** A model's steps on one number of threads. */
export interface ThreadsSteps {
  readonly threads: number;
  readonly seconds: Spread;
  /** The time on the first number of threads over that on this one, the two of a round. */
  readonly speedup: Spread;
}

export interface ThreadsResult extends ResultHeader {
  readonly settings: ThreadsBenchmarkSettings;
  readonly cases: readonly (ThreadsCase & {
    readonly tokens: number;
    readonly steps: readonly ThreadsSteps[];
  })[];
}

/** Preference steps on WASM, alternating between several thread counts. */
export async function measureThreads(
  settings: ThreadsBenchmarkSettings,
  context: BenchmarkContext,
): Promise<ThreadsResult> {
  const { seed, repetitions, counts } = settings;
  return withTemporaryFolder(async (folder) => {
    const facts: BackendFacts[] = [];
    const cases: ThreadsResult['cases'][number][] = [];
    for (const each of settings.cases) {
      const { model } = each;
      const { vocabularySize } = modelShapes[model].configuration;
      const batch = preferenceBatch({ ...each, seed, vocabularySize });
      const pairs = join(folder, `${model}.json`);
      await writeFile(pairs, JSON.stringify(batch));
      const checkpoint = await makeCheckpoint(context, { model, seed, folder });
      const common = { backend: 'wasm', checkpoint, pairs, microBatchSize: each.pairs };
      const programs = new Map(
        counts.map((threads): [string, SideProgram] => [
          `${threads}`,
          { side: 'preference', settings: { ...common, threads } },
        ]),
      );
      const seconds = await withSides<BackendFacts, StepAnswer, Map<number, number[]>>(
        context,
        programs,
        async (sides) => {
          facts.push(...[...sides.values()].map((side) => side.facts));
          const answers = await alternate(sides, {
            repetitions,
            onMeasured: (threads, repetition, { seconds: taken }) =>
              context.onProgress(`${model}, ${threads} threads, step ${repetition}: ${taken.toFixed(2)} s`),
          });
          return new Map(
            [...answers].map(([name, steps]) => [Number(name), steps.map((step) => step.seconds)]),
          );
        },
      );
      const first = seconds.get(counts[0] as number) ?? [];
      cases.push({
        ...each,
        tokens: countTokens(batch),
        steps: [...seconds].map(([threads, values]) => ({
          threads,
          seconds: spread(values),
          speedup: spread(values.map((value, index) => (first[index] as number) / value)),
        })),
      });
    }
    return { ...resultHeader(facts, Math.max(...counts)), settings, cases };
  });
}

/** What `--json` prints: how many times as fast, by model and number of threads. */
export function summarizeThreads({
  cases,
}: ThreadsResult): Readonly<Record<string, Readonly<Record<string, number>>>> {
  return Object.fromEntries(
    cases.map(({ model, steps }) => [
      model,
      Object.fromEntries(steps.map(({ threads, speedup }) => [threads, speedup.median])),
    ]),
  );
}
