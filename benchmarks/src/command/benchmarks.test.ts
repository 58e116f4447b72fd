import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GenerationResult } from '../benchmarks/generation.js';
import type { LoadingResult } from '../benchmarks/loading.js';
import type { MemoryResult } from '../benchmarks/memory.js';
import type { PlanningResult } from '../benchmarks/planning.js';
import type { PreferenceResult } from '../benchmarks/preference.js';
import type { PreparingResult } from '../benchmarks/preparing.js';
import type { ScalingResult } from '../benchmarks/scaling.js';
import type { ShapesResult } from '../benchmarks/shapes.js';
import type { StartingResult } from '../benchmarks/starting.js';
import type { ThreadsResult } from '../benchmarks/threads.js';
import type { TokenizingResult } from '../benchmarks/tokenizing.js';
import { MODEL_NAMES, modelShapes, parameterCount } from '../inputs/model-shapes.js';
import type { BenchmarkContext } from '../measurement/context.js';
import { PAGE, RESULTS } from '../places.js';
import { sides } from '../sides/registry.js';
import type { Side } from '../sides/side.js';
import { benchmarks } from './benchmarks.js';
import { createProgram, runProgram } from './program.js';
import { renderPage } from './results.js';

const backend = process.env['AIS_BACKEND'] ?? 'wasm';

/** Sides in this process: what a process of their own adds is nothing that a test could look into. */
const context: BenchmarkContext = {
  threads: 1,
  onProgress: () => {},
  start: async (program) => {
    if ('python' in program) throw new Error(`${program.python}.py was started.`);
    return (await sides[program.side](program.settings as never)) as Side<never, never>;
  },
};

async function measureQuickly<Result>(name: string, changes: object = {}): Promise<[Result, object]> {
  const benchmark = benchmarks.find((each) => each.name === name)!;
  const result = await benchmark.measure({ ...benchmark.settings, ...benchmark.quick, ...changes }, context);
  expect(benchmark.render(result)).toContain(result.machine.processor);
  return [result as Result, benchmark.summarize(result)];
}

describe('benchmarks, small and our side alone', () => {
  it('measures preference steps, their parts, and importance weights', async () => {
    const [result, summary] = await measureQuickly<PreferenceResult>('preference', { backend });
    expect(result.ours.stepSeconds.values).toHaveLength(1);
    expect(result.ours.pairsPerSecond).toBeCloseTo(2 / result.ours.stepSeconds.median);
    expect(result.ours.peakMemoryBytes).toBeGreaterThan(100e6);
    expect(result.parts.gradientSeconds.median).toBeGreaterThan(result.parts.updateSeconds.median / 100);
    expect(summary).toEqual({
      pairsPerSecond: { ours: expect.any(Number), trlDefault: Number.NaN, trlFastest: Number.NaN },
      peakMemoryBytes: { ours: expect.any(Number), trlDefault: Number.NaN, trlFastest: Number.NaN },
      importanceOverhead: expect.any(Number),
      shareOfSgemm: result.parts.shareOfSgemm.median,
    });
  });

  it('measures generation', async () => {
    const [result] = await measureQuickly<GenerationResult>('generation', { backend });
    expect(result.ours.greedyTokensPerSecond).toBeCloseTo(8 / result.ours.greedySeconds.median);
  });

  it('measures how preparing a set grows with its rows, of which copies are dropped', async () => {
    const [result, summary] = await measureQuickly<PreparingResult>('preparing');
    expect(result.sets.map(({ rows }) => rows)).toEqual([1000, 3997]);
    expect(result.sets.every(({ bytes, processorSeconds }) => bytes > 1e4 && processorSeconds > 0)).toBe(
      true,
    );
    expect(summary).toEqual({ timeExponent: expect.any(Number), memoryBytesPerRow: expect.any(Number) });
  });

  it('measures how a run starts on a prepared set', async () => {
    const [result, summary] = await measureQuickly<StartingResult>('starting');
    expect(result.starts.map(({ command, pairs }) => `${command} ${pairs}`)).toEqual([
      ...['train 2000', 'sft 2000', 'reward 2000'],
      ...['train 4000', 'sft 4000', 'reward 4000'],
    ]);
    expect(result.starts.every(({ processorSeconds }) => processorSeconds > 0)).toBe(true);
    const each = { processorSeconds: expect.any(Number), memoryBytesPerPair: expect.any(Number) };
    expect(summary).toEqual({ train: each, sft: each, reward: each });
  });

  it('measures tokenizing, with the same tokens from both libraries', async () => {
    const [result] = await measureQuickly<TokenizingResult>('tokenizing');
    expect(Object.keys(result.sides)).toEqual(['javascript', 'rust']);
  });

  it('measures how the cost grows', async () => {
    const small = { manyModels: ['small'], portable: { backend, model: 'small' } };
    const [result] = await measureQuickly<ScalingResult>('scaling', { backend, ...small });
    expect(result.byPairs.map(({ pairs }) => pairs)).toEqual([1, 2]);
    const [first, last] = result.byPrompt;
    expect(last!.operations).toBeGreaterThan(first!.operations);
    expect(Number.isFinite(result.exponents.tokens)).toBe(true);
  });

  it("measures a step of each of Pythia's models", async () => {
    const [result, summary] = await measureQuickly<ShapesResult>('shapes', { backend });
    expect(result.steps).toMatchObject([
      { model: 'small', backend, moments: 'float32', parameters: parameterCount(modelShapes.small) },
      { model: 'small', backend, moments: 'bfloat16' },
    ]);
    expect(result.steps[0]!.seconds.second).toBeGreaterThan(0);
    expect(summary).toMatchObject({ 'small float32': { parameters: parameterCount(modelShapes.small) } });
  });

  it('measures what a step costs, and computes it where it is not measured', async () => {
    const [result, summary] = await measureQuickly<PlanningResult>('planning');
    const steps = result.steps.map(({ model, lora, how }) => `${model} ${lora ? 'lora' : 'full'} ${how}`);
    expect(steps).toEqual([
      'demo full measured',
      'demo lora measured',
      'small full measured',
      'small lora measured',
      'pythia-14m full computed',
      'pythia-14m lora computed',
    ]);
    const [larger, small] = [result.steps[4]!, result.steps[2]!];
    expect(larger.seconds / small.seconds).toBeCloseTo(larger.operations / small.operations, 9);
    expect(Object.keys(summary)).toEqual([
      'wasm 1 demo full',
      'wasm 1 demo lora',
      'wasm 1 small full',
      'wasm 1 small lora',
    ]);
  });

  it('measures loading', async () => {
    const [result, summary] = await measureQuickly<LoadingResult>('loading', { backends: [backend] });
    expect(result.loadings).toMatchObject([{ type: 'bfloat16', backend }]);
    expect(summary).toEqual({ memoryOverBound: expect.any(Number) });
  });

  it('measures threads', async () => {
    const [result, summary] = await measureQuickly<ThreadsResult>('threads');
    const [{ steps }] = result.cases as [ThreadsResult['cases'][number]];
    expect(steps.map(({ threads }) => threads)).toEqual([1, 2]);
    expect(summary).toEqual({ demo: { 1: 1, 2: expect.any(Number) } });
  });

  it('measures memory over steps, and no tensor is left over', async () => {
    const [result] = await measureQuickly<MemoryResult>('memory', { backends: [backend] });
    const [over] = result.backends;
    expect(over!.residentBytes).toHaveLength(6);
    expect(over!.tensors.last).toBe(over!.tensors.first);
  });
});

describe('the page of results', () => {
  it('is made from benchmarks/results', async () => {
    expect(await readFile(PAGE, 'utf8')).toBe(await renderPage(RESULTS, benchmarks));
  });
});

describe('the command', () => {
  let help: string;
  beforeAll(() => {
    help = createProgram().helpInformation();
  });

  it('knows every benchmark', () => {
    for (const { name, description } of benchmarks) {
      expect(help).toContain(name);
      expect(description).not.toBe('');
    }
  });

  it('refuses what it does not know with status 2', async () => {
    const written: string[] = [];
    const { write } = process.stderr;
    process.stderr.write = ((text: string) => written.push(text) > 0) as typeof write;
    try {
      expect(await runProgram(['preference', '--pairs', '0'])).toBe(2);
      expect(await runProgram(['unheard-of'])).toBe(2);
    } finally {
      process.stderr.write = write;
    }
    expect(written.join('')).toContain('expected a whole number ≥ 1');
  });
});

describe('modelShapes', () => {
  it('has the parameters that the models are named after', () => {
    const parameters = MODEL_NAMES.map((name) => [name, parameterCount(modelShapes[name])] as const);
    // EleutherAI's table of Pythia's sizes, total parameters; SmolLM2's card.
    expect(Object.fromEntries(parameters)).toMatchObject({
      'pythia-70m': 70_426_624,
      'pythia-160m': 162_322_944,
      'pythia-410m': 405_334_016,
      'pythia-1b': 1_011_781_632,
      smollm2: 134_515_008,
    });
  });
});
