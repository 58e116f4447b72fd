import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TokenizedPair } from '@ais/data';
import { loadPretrained } from '@ais/language-model';
import { dpo } from '@ais/objectives';
import { memoryReport, useBackend } from '@ais/runtime';
import {
  computeReferenceLogProbs,
  type MomentPrecision,
  TrainingInterrupted,
  trainPreference,
} from '@ais/trainer';
import { BenchmarkError } from '../errors.js';
import { peakMemoryBytes } from './peak-memory.js';
import type { Side, SideFacts } from './side.js';

export interface PreferenceSettings {
  readonly backend: string;
  /** A folder in Hugging Face's layout. */
  readonly checkpoint: string;
  /** A JSON file with the pairs of a step; the run's own files are beside it. */
  readonly pairs: string;
  readonly microBatchSize: number;
  /** The rank of LoRA adapters to train instead of the model. */
  readonly lora?: number;
  /** Threads on WASM; as many as every side may use by default. */
  readonly threads?: number;
  /** How AdamW's moments are kept; as float32 by default. */
  readonly moments?: MomentPrecision;
}

export interface BackendFacts extends SideFacts {
  readonly backend: string;
}

export interface StepAnswer {
  readonly seconds: number;
  /** Of all its threads: what other programs on the machine change less than the time. */
  readonly processorSeconds?: number;
  readonly peakMemoryBytes: number;
  /** After the step; TRL's side does not say. */
  readonly residentBytes?: number;
  readonly tensors?: number;
  /** Of matrix products after the step; TRL's side says it here, ours beside the parts of a step. */
  readonly sgemmRate?: number;
}

/**
 * Preference steps of `trainPreference` itself: cached reference log-probabilities, gradients, clipping, AdamW.
 *
 * Training is one run that waits in its evaluation callback between the steps; `timing/seconds` is what the trainer
 * reports for each.
 */
export async function openPreferenceSide(
  settings: PreferenceSettings,
): Promise<Side<BackendFacts, StepAnswer>> {
  const { backend, versions } = await useBackend(
    settings.backend,
    settings.threads === undefined ? {} : { threads: settings.threads },
  );
  const pairs = JSON.parse(await readFile(settings.pairs, 'utf8')) as TokenizedPair[];
  const directory = await mkdtemp(join(dirname(settings.pairs), 'run-'));
  const model = await loadPretrained(settings.checkpoint);
  const { microBatchSize } = settings;
  const reference = await computeReferenceLogProbs(model, pairs, { microBatchSize });

  // More than anybody asks for: the run stops where no step is asked for any more.
  const steps = 10_000;
  const stop = new AbortController();
  let seconds = Number.NaN;
  let before = process.cpuUsage();
  let waiting: (answer: StepAnswer) => void = () => {};
  let resume: () => void = () => {};
  const nextAnswer = (): Promise<StepAnswer> =>
    new Promise((resolve) => {
      waiting = resolve;
    });
  const started = nextAnswer();
  const training = trainPreference(model, reference, pairs, dpo({ beta: 0.1 }), {
    directory,
    seed: 1,
    steps,
    batchSize: pairs.length,
    microBatchSize,
    learningRate: 1e-6,
    maxGradientNorm: 1,
    ...(settings.moments && { adamw: { moments: settings.moments } }),
    ...(settings.lora !== undefined && { lora: { rank: settings.lora } }),
    signal: stop.signal,
    onProgress: ({ metrics }) => {
      seconds = metrics['timing/seconds'] ?? Number.NaN;
    },
    evaluateAt: Array.from({ length: steps }, (_, step) => step),
    onEvaluate: () => {
      const { residentBytes, tensors } = memoryReport();
      const { user, system } = process.cpuUsage(before);
      waiting({
        seconds,
        processorSeconds: (user + system) / 1e6,
        peakMemoryBytes: peakMemoryBytes(),
        tensors,
        ...(residentBytes !== null && { residentBytes }),
      });
      return new Promise((resolve) => {
        resume = () => resolve({});
      });
    },
  });
  const failure = training.then((): never => {
    throw new BenchmarkError('side-failed', `The run ended after ${steps} steps.`);
  });
  await Promise.race([started, failure]);

  return {
    facts: { backend, versions },
    measure() {
      const answer = nextAnswer();
      before = process.cpuUsage();
      resume();
      return Promise.race([answer, failure]);
    },
    async close() {
      stop.abort();
      resume();
      await training.catch((error: unknown) => {
        if (!(error instanceof TrainingInterrupted)) throw error;
      });
      model.dispose();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
