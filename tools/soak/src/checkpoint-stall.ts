import { join } from 'node:path';
import { createModel } from '@ais/language-model';
import { type PythiaSize, pythiaConfiguration } from '@ais/language-model/gpt-neox';
import { useBackend } from '@ais/runtime';
import { trainSft } from '@ais/trainer';

/** How long writing a checkpoint holds up training. */
export interface StallFigures {
  readonly backend: string;
  readonly parameters: number;
  /** Median seconds of a step while nothing is written. */
  readonly step: number;
  /** Median seconds that the step after a checkpoint ends later, since the checkpoint was filled before it. */
  readonly stall: number;
  /** Median seconds that the next two steps together take longer, beside hashing and flushing. */
  readonly beside: number;
  /** Median seconds from the update to the checkpoint that is whole and flushed. */
  readonly durable: number;
  readonly checkpoints: number;
}

const EVERY = 6;
/** Steps after a checkpoint that may run beside its completion. */
const BESIDE = 3;

/** Trains a model of Pythia's size on short sequences, with a checkpoint every few steps, and times the steps. */
export async function checkpointStall(
  size: PythiaSize,
  options: { readonly folder: string; readonly backend: string; readonly checkpoints: number },
): Promise<StallFigures> {
  const { backend } = await useBackend(options.backend);
  const model = createModel(pythiaConfiguration(size), { seed: 1 });
  const parameters = [...model.parameters.values()].reduce((sum, { size: numbers }) => sum + numbers, 0);
  const ends: number[] = [];
  const durations: number[] = [];
  const examples = Array.from({ length: 4 }, (_, index) => ({
    id: `${index}`,
    prompt: Array.from({ length: 8 }, (__, place) => 1 + place + index),
    response: [5, 6, 7, 0],
  }));
  await trainSft(model, examples, {
    directory: join(options.folder, 'run'),
    seed: 1,
    steps: EVERY * (options.checkpoints + 1) - 1,
    batchSize: 4,
    learningRate: 1e-5,
    checkpointEvery: EVERY,
    callbacks: [
      {
        step: () => {
          ends.push(performance.now());
        },
        checkpoint: ({ step }) => {
          durations.push(performance.now() - (ends[step - 1] ?? Number.NaN));
        },
      },
    ],
  });
  model.dispose();
  // The interval that ends with step s + 1: after a multiple of EVERY, it holds the filling of a checkpoint.
  const interval = (step: number): number => (ends[step] ?? Number.NaN) - (ends[step - 1] ?? Number.NaN);
  const steps = ends.map((_, index) => index).slice(EVERY);
  const quiet = middle(steps.filter((step) => step % EVERY > BESIDE).map(interval));
  const first = steps.filter((step) => step % EVERY === 0);
  return {
    backend,
    parameters,
    step: quiet / 1000,
    stall: middle(first.map((step) => interval(step) - quiet)) / 1000,
    beside: middle(first.map((step) => interval(step + 1) + interval(step + 2) - 2 * quiet)) / 1000,
    durable: middle(durations.slice(0, options.checkpoints)) / 1000,
    checkpoints: first.length,
  };
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
