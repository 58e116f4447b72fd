import { InvalidArgumentError, Option } from 'commander';
import {
  type GenerationBenchmarkSettings,
  type GenerationResult,
  measureGeneration,
  summarizeGeneration,
} from '../benchmarks/generation.js';
import {
  type LoadingBenchmarkSettings,
  type LoadingResult,
  measureLoading,
  summarizeLoading,
} from '../benchmarks/loading.js';
import {
  type MemoryBenchmarkSettings,
  type MemoryResult,
  measureMemory,
  summarizeMemory,
} from '../benchmarks/memory.js';
import {
  measurePlanning,
  type PlanningBenchmarkSettings,
  type PlanningResult,
  summarizePlanning,
} from '../benchmarks/planning.js';
import {
  measurePreference,
  type PreferenceBenchmarkSettings,
  type PreferenceResult,
  summarizePreference,
} from '../benchmarks/preference.js';
import {
  measurePreparing,
  type PreparingBenchmarkSettings,
  type PreparingResult,
  summarizePreparing,
} from '../benchmarks/preparing.js';
import {
  measureQueue,
  type QueueBenchmarkSettings,
  type QueueResult,
  summarizeQueue,
} from '../benchmarks/queue.js';
import { measureScaling, type ScalingBenchmarkSettings, type ScalingResult } from '../benchmarks/scaling.js';
import {
  measureShapes,
  type ShapesBenchmarkSettings,
  type ShapesResult,
  summarizeShapes,
} from '../benchmarks/shapes.js';
import {
  measureStarting,
  type StartingBenchmarkSettings,
  type StartingResult,
  summarizeStarting,
} from '../benchmarks/starting.js';
import {
  measureThreads,
  summarizeThreads,
  type ThreadsBenchmarkSettings,
  type ThreadsResult,
} from '../benchmarks/threads.js';
import {
  measureTokenizing,
  summarizeTokenizing,
  type TokenizingBenchmarkSettings,
  type TokenizingResult,
} from '../benchmarks/tokenizing.js';
import { trlSettings } from '../benchmarks/trl-settings.js';
import { MODEL_NAMES } from '../inputs/model-shapes.js';
import { renderGeneration } from '../render/generation.js';
import { renderLoading } from '../render/loading.js';
import { renderMemory } from '../render/memory.js';
import { renderPlanning } from '../render/planning.js';
import { renderPreference } from '../render/preference.js';
import { renderPreparing } from '../render/preparing.js';
import { renderQueue } from '../render/queue.js';
import { renderScaling } from '../render/scaling.js';
import { renderShapes } from '../render/shapes.js';
import { renderStarting } from '../render/starting.js';
import { renderThreads } from '../render/threads.js';
import { renderTokenizing } from '../render/tokenizing.js';
import type { Benchmark } from './benchmark.js';

const seed = new Option('--seed <number>', 'of weights and data').argParser(wholeNumber);
const repetitions = new Option(
  '--repetitions <number>',
  'measurements of each side, after a warm-up',
).argParser(wholeNumber);
const backend = new Option('--backend <name>', 'our back end');
const model = new Option('--model <name>', 'the shape of the model').choices([...MODEL_NAMES]);
const pairs = new Option('--pairs <number>', 'pairs per step').argParser(wholeNumber);
const microBatchSize = new Option('--micro-batch-size <number>', 'our pairs in memory at once').argParser(
  wholeNumber,
);
const withoutPython = new Option('--no-python', 'measure our side alone');

/** Lengths that leave a step in milliseconds. */
const tiny = { backend: 'wasm', model: 'small', promptTokens: 12, responseTokens: 6 } as const;

const preference: Benchmark<PreferenceBenchmarkSettings, PreferenceResult> = {
  name: 'preference',
  description: 'preference steps (DPO) against TRL, their parts, and what importance weights add',
  settings: {
    backend: 'native',
    model: 'pythia-70m',
    pairs: 4,
    microBatchSize: 4,
    seed: 1,
    repetitions: 3,
    rounds: 8,
    sgemmSize: 2048,
    trl: trlSettings.filter(({ usual }) => usual).map(({ name }) => name),
  },
  quick: { ...tiny, pairs: 2, microBatchSize: 1, repetitions: 1, rounds: 1, sgemmSize: 64, trl: [] },
  flags: [
    model,
    backend,
    pairs,
    microBatchSize,
    repetitions,
    new Option('--rounds <number>', 'rounds of the parts of a step').argParser(wholeNumber),
    new Option('--lora <rank>', 'train LoRA adapters, on both sides').argParser(wholeNumber),
    new Option('--trl <names...>', 'settings of TRL, or none of them').choices([
      ...trlSettings.map(({ name }) => name),
      'none',
    ]),
    seed,
  ],
  resultName: ({ model, lora }) =>
    ['preference', ...(model === 'pythia-70m' ? [] : [model]), ...(lora === undefined ? [] : ['lora'])].join(
      '-',
    ),
  measure: measurePreference,
  summarize: summarizePreference,
  render: renderPreference,
};

const generation: Benchmark<GenerationBenchmarkSettings, GenerationResult> = {
  name: 'generation',
  description: "responses to a batch of prompts against transformers' generate",
  settings: {
    backend: 'native',
    model: 'pythia-70m',
    batch: 64,
    promptTokens: 360,
    newTokens: 53,
    seed: 1,
    repetitions: 3,
    python: true,
  },
  quick: {
    backend: 'wasm',
    model: 'small',
    batch: 2,
    promptTokens: 12,
    newTokens: 4,
    repetitions: 1,
    python: false,
  },
  flags: [
    model,
    backend,
    new Option('--dtype <type>', 'what the weights are stored as').choices(['float32', 'bfloat16']),
    new Option('--batch <number>', 'prompts in one call').argParser(wholeNumber),
    new Option('--new-tokens <number>', 'tokens of a response').argParser(wholeNumber),
    repetitions,
    withoutPython,
    seed,
  ],
  resultName: ({ model, batch, dtype }) =>
    [
      'generation',
      ...(model === 'pythia-70m' ? [] : [model, batch]),
      ...(dtype === 'bfloat16' ? [dtype] : []),
    ].join('-'),
  measure: measureGeneration,
  summarize: summarizeGeneration,
  render: renderGeneration,
};

const tokenizing: Benchmark<TokenizingBenchmarkSettings, TokenizingResult> = {
  name: 'tokenizing',
  description: "prompts to tokens, whole and cut to 512, against Python's tokenizers",
  settings: { posts: 4000, vocabularySize: 30_000, maxTokens: 512, seed: 1, repetitions: 5, python: true },
  quick: { posts: 20, vocabularySize: 400, repetitions: 1, python: false },
  flags: [
    new Option('--posts <number>', 'how many').argParser(wholeNumber),
    repetitions,
    withoutPython,
    seed,
  ],
  measure: measureTokenizing,
  summarize: summarizeTokenizing,
  render: renderTokenizing,
};

const scaling: Benchmark<ScalingBenchmarkSettings, ScalingResult> = {
  name: 'scaling',
  description: 'how the time of a preference step grows with pairs, prompt length and model size',
  settings: {
    backend: 'native',
    seed: 1,
    repetitions: 3,
    microBatchSize: 4,
    model: 'pythia-70m',
    pairs: 4,
    promptTokens: 360,
    responseTokens: 40,
    manyPairs: [4, 8, 16],
    manyPromptTokens: [90, 180, 360, 720],
    manyModels: ['pythia-14m', 'pythia-31m', 'pythia-70m', 'pythia-160m'],
    portable: { backend: 'wasm', model: 'pythia-14m' },
  },
  quick: {
    ...tiny,
    pairs: 1,
    microBatchSize: 1,
    repetitions: 1,
    manyPairs: [1, 2],
    manyPromptTokens: [12, 24],
    manyModels: ['small', 'pythia-14m'],
    portable: { backend: 'wasm', model: 'small' },
  },
  flags: [backend, repetitions, microBatchSize, seed],
  measure: measureScaling,
  summarize: ({ exponents }) => exponents,
  render: renderScaling,
};

const memory: Benchmark<MemoryBenchmarkSettings, MemoryResult> = {
  name: 'memory',
  description: 'tensors and resident memory over many preference steps',
  settings: {
    backends: ['native', 'wasm'],
    model: 'small',
    pairs: 4,
    microBatchSize: 2,
    promptTokens: 120,
    responseTokens: 24,
    seed: 1,
    steps: 500,
  },
  quick: {
    backends: ['wasm'],
    model: 'small',
    promptTokens: 12,
    responseTokens: 6,
    pairs: 2,
    microBatchSize: 1,
    steps: 6,
  },
  flags: [
    model,
    new Option('--backends <names...>', 'one run on each'),
    new Option('--steps <number>', 'of each run').argParser(wholeNumber),
    seed,
  ],
  measure: measureMemory,
  summarize: summarizeMemory,
  render: renderMemory,
};

const shapes: Benchmark<ShapesBenchmarkSettings, ShapesResult> = {
  name: 'shapes',
  description: "two preference steps of each of Pythia's models; the largest needs 20 GB",
  settings: {
    backend: 'native',
    models: MODEL_NAMES.filter((name) => name.startsWith('pythia')),
    moments: ['float32', 'bfloat16'],
    pairs: 1,
    promptTokens: 360,
    responseTokens: 40,
    seed: 1,
  },
  quick: { backend: 'wasm', models: ['small'], promptTokens: 12, responseTokens: 6 },
  flags: [
    new Option('--models <names...>', 'which').choices([...MODEL_NAMES]),
    new Option('--moments <names...>', "how AdamW's are kept").choices(['float32', 'bfloat16']),
    backend,
    pairs,
    seed,
  ],
  measure: measureShapes,
  summarize: summarizeShapes,
  render: renderShapes,
};

const planning: Benchmark<PlanningBenchmarkSettings, PlanningResult> = {
  name: 'planning',
  description: 'what a step costs: models, back ends, all parameters or LoRA; seconds, memory, hours',
  settings: {
    platforms: [
      { backend: 'wasm', threads: 1, measured: ['demo', 'pythia-14m', 'pythia-70m'] },
      { backend: 'wasm', threads: 2, measured: ['demo', 'pythia-14m', 'pythia-70m'] },
      { backend: 'native', measured: ['demo', 'pythia-14m', 'pythia-70m', 'smollm2', 'pythia-160m'] },
    ],
    models: ['demo', 'pythia-14m', 'pythia-70m', 'smollm2', 'pythia-160m', 'pythia-410m', 'pythia-1b'],
    lora: 16,
    pairs: 4,
    promptTokens: 150,
    responseTokens: 60,
    seed: 1,
    repetitions: 3,
    mostSeconds: 15,
  },
  quick: {
    platforms: [{ backend: 'wasm', threads: 1, measured: ['demo', 'small'] }],
    models: ['demo', 'small', 'pythia-14m'],
    lora: 2,
    pairs: 1,
    promptTokens: 12,
    responseTokens: 6,
    repetitions: 1,
  },
  flags: [repetitions, pairs, seed],
  measure: measurePlanning,
  summarize: summarizePlanning,
  render: renderPlanning,
};

const loading: Benchmark<LoadingBenchmarkSettings, LoadingResult> = {
  name: 'loading',
  description: 'time and memory of loading a checkpoint, stored as float32, float16 and bfloat16',
  settings: {
    backends: ['native', 'wasm'],
    model: 'pythia-160m',
    types: ['float32', 'float16', 'bfloat16'],
    seed: 1,
    repetitions: 3,
  },
  quick: { backends: ['wasm'], model: 'small', types: ['bfloat16'], repetitions: 1 },
  flags: [model, new Option('--backends <names...>', 'each by itself'), repetitions, seed],
  measure: measureLoading,
  summarize: summarizeLoading,
  render: renderLoading,
};

const threads: Benchmark<ThreadsBenchmarkSettings, ThreadsResult> = {
  name: 'threads',
  description: 'preference steps on WASM with one thread and with several',
  settings: {
    cases: [
      { model: 'demo', pairs: 16, promptTokens: 48, responseTokens: 14 },
      { model: 'pythia-14m', pairs: 4, promptTokens: 360, responseTokens: 40 },
    ],
    counts: [1, 2],
    seed: 1,
    repetitions: 9,
  },
  quick: { cases: [{ model: 'demo', pairs: 2, promptTokens: 12, responseTokens: 6 }], repetitions: 1 },
  flags: [repetitions, seed],
  measure: measureThreads,
  summarize: summarizeThreads,
  render: renderThreads,
};

const queue: Benchmark<QueueBenchmarkSettings, QueueResult> = {
  name: 'queue',
  description:
    'what a queue on Redis adds to long jobs, how fast it is drained, and how large plans are built',
  settings: { jobs: 10_000, workers: 2, slots: 8, longJobs: 3, longSeconds: 60, stages: 100_000 },
  quick: { jobs: 100, workers: 1, slots: 2, longJobs: 1, longSeconds: 1, stages: 1_000 },
  flags: [
    new Option('--jobs <number>', 'jobs that have nothing to do').argParser(wholeNumber),
    new Option('--workers <number>', 'worker processes that drain them').argParser(wholeNumber),
    new Option('--slots <number>', 'jobs at work in each at once').argParser(wholeNumber),
    new Option('--long-jobs <number>', 'long jobs').argParser(wholeNumber),
    new Option('--long-seconds <number>', 'seconds of each').argParser(wholeNumber),
    new Option('--stages <number>', 'stages of the plans').argParser(wholeNumber),
  ],
  measure: measureQueue,
  summarize: summarizeQueue,
  render: renderQueue,
};

const preparing: Benchmark<PreparingBenchmarkSettings, PreparingResult> = {
  name: 'preparing',
  description: 'time and memory of preparing data sets of rising size',
  settings: { rows: [100_000, 1_000_000, 10_000_000], vocabularySize: 1000, seed: 1 },
  quick: { rows: [1000, 4000], vocabularySize: 300 },
  flags: [
    new Option('--rows <numbers...>', 'how many rows each set has').argParser(
      (value: string, before: readonly number[] | undefined) => [...(before ?? []), wholeNumber(value)],
    ),
    seed,
  ],
  measure: measurePreparing,
  summarize: summarizePreparing,
  render: renderPreparing,
};

const starting: Benchmark<StartingBenchmarkSettings, StartingResult> = {
  name: 'starting',
  description: 'time and memory to the first step of training on a prepared set of a million pairs',
  settings: { pairs: [1000, 1_000_000], commands: ['train', 'sft', 'reward'], vocabularySize: 1000, seed: 1 },
  quick: { pairs: [2000, 4000], vocabularySize: 300 },
  flags: [
    new Option('--pairs <numbers...>', 'how many pairs each set has').argParser(
      (value: string, before: readonly number[] | undefined) => [...(before ?? []), wholeNumber(value)],
    ),
    seed,
  ],
  measure: measureStarting,
  summarize: summarizeStarting,
  render: renderStarting,
};

/** All benchmarks, in the order of the documentation. */
export const benchmarks: readonly Benchmark[] = [
  preference,
  generation,
  tokenizing,
  scaling,
  shapes,
  planning,
  memory,
  loading,
  preparing,
  starting,
  threads,
  queue,
] as never;

function wholeNumber(value: string): number {
  if (!/^\d+$/.test(value) || Number(value) < 1)
    throw new InvalidArgumentError('expected a whole number ≥ 1.');
  return Number(value);
}
