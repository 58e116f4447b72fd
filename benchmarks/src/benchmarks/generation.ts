import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRandom } from '@ais/runtime';
import { type ModelName, modelShapes } from '../inputs/model-shapes.js';
import { lengths } from '../inputs/preference-batch.js';
import { alternate } from '../measurement/alternate.js';
import { makeCheckpoint } from '../measurement/checkpoint.js';
import { type BenchmarkContext, type ResultHeader, resultHeader } from '../measurement/context.js';
import { deviceBeside } from '../measurement/device.js';
import { type Spread, spread } from '../measurement/spread.js';
import { withTemporaryFolder } from '../measurement/temporary-folder.js';
import { withSides } from '../measurement/with-sides.js';
import type { SideProgram } from '../processes/start-side.js';
import type { GenerationAnswer } from '../sides/generation-side.js';
import type { BackendFacts } from '../sides/preference-side.js';

export interface GenerationBenchmarkSettings {
  readonly backend: string;
  readonly model: ModelName;
  /** What its weights are stored as; float32 by default. Both sides compute in float32. */
  readonly dtype?: 'float32' | 'bfloat16';
  /** Prompts, all in one call. */
  readonly batch: number;
  /** Mean length of a prompt. */
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly seed: number;
  readonly repetitions: number;
  /** Whether `transformers` is measured too. */
  readonly python: boolean;
}

export interface GeneratorResult {
  readonly greedySeconds: Spread;
  readonly sampledSeconds: Spread;
  /** New tokens a second, greedy. */
  readonly greedyTokensPerSecond: number;
  /** The same at temperature 1. */
  readonly sampledTokensPerSecond: number;
  readonly peakMemoryBytes: number;
}

export interface GenerationResult extends ResultHeader {
  readonly settings: GenerationBenchmarkSettings;
  readonly backend: string;
  readonly ours: GeneratorResult;
  readonly transformers?: GeneratorResult;
  /** Share of prompts whose greedy responses are the same on both sides, token for token. */
  readonly equalResponses?: number;
}

/** What `--json` prints. */
export interface GenerationSummary {
  readonly tokensPerSecond: { readonly ours: number; readonly transformers: number | null };
  readonly sampledTokensPerSecond: { readonly ours: number; readonly transformers: number | null };
  readonly peakMemoryBytes: { readonly ours: number; readonly transformers: number | null };
}

/** Responses to one batch of prompts, alternating ours with those of `transformers`. */
export async function measureGeneration(
  settings: GenerationBenchmarkSettings,
  context: BenchmarkContext,
): Promise<GenerationResult> {
  const { vocabularySize } = modelShapes[settings.model].configuration;
  const random = createRandom(settings.seed, 'generation');
  const prompts = lengths(settings.batch, settings.promptTokens, random).map((length) =>
    Array.from({ length }, () => random.integer(vocabularySize - 1) + 1),
  );
  return withTemporaryFolder(async (folder) => {
    const promptsFile = join(folder, 'prompts.json');
    await writeFile(promptsFile, JSON.stringify(prompts));
    const checkpoint = await makeCheckpoint(context, { ...settings, folder });
    const common = {
      checkpoint,
      prompts: promptsFile,
      newTokens: settings.newTokens,
      threads: context.threads,
    };
    const programs = new Map<string, SideProgram>([
      ['ours', { side: 'generation', settings: { ...common, backend: settings.backend } }],
    ]);
    if (settings.python)
      programs.set('transformers', {
        python: 'transformers_generation',
        settings: { ...common, device: deviceBeside(settings.backend) },
      });

    return withSides<BackendFacts, GenerationAnswer, GenerationResult>(context, programs, async (sides) => {
      const answers = await alternate(sides, {
        repetitions: settings.repetitions,
        onMeasured: (name, repetition, { greedySeconds, sampledSeconds }) =>
          context.onProgress(
            `${name}, ${repetition || 'warm-up'}: greedy ${greedySeconds.toFixed(2)} s, sampled ${sampledSeconds.toFixed(2)} s`,
          ),
      });
      const newTokens = settings.batch * settings.newTokens;
      const resultOf = (measured: readonly GenerationAnswer[]): GeneratorResult => {
        const greedySeconds = spread(measured.map((answer) => answer.greedySeconds));
        const sampledSeconds = spread(measured.map((answer) => answer.sampledSeconds));
        return {
          greedySeconds,
          sampledSeconds,
          greedyTokensPerSecond: newTokens / greedySeconds.median,
          sampledTokensPerSecond: newTokens / sampledSeconds.median,
          peakMemoryBytes: Math.max(...measured.map((answer) => answer.peakMemoryBytes)),
        };
      };
      const ours = answers.get('ours') ?? [];
      const theirs = answers.get('transformers');
      return {
        ...resultHeader(
          [...sides.values()].map(({ facts }) => facts),
          context.threads,
        ),
        settings,
        backend: sides.get('ours')?.facts.backend ?? settings.backend,
        ours: resultOf(ours),
        ...(theirs && {
          transformers: resultOf(theirs),
          equalResponses: equalShare(ours[0]?.greedyTokens ?? [], theirs[0]?.greedyTokens ?? []),
        }),
      };
    });
  });
}

function equalShare(
  ours: GenerationAnswer['greedyTokens'],
  theirs: GenerationAnswer['greedyTokens'],
): number {
  const equal = ours.filter((row, index) => row.join() === theirs[index]?.join());
  return equal.length / ours.length;
}

export function summarizeGeneration({ ours, transformers }: GenerationResult): GenerationSummary {
  const both = (value: (side: GeneratorResult) => number): { ours: number; transformers: number | null } => ({
    ours: value(ours),
    transformers: transformers ? value(transformers) : null,
  });
  return {
    tokensPerSecond: both((side) => side.greedyTokensPerSecond),
    sampledTokensPerSecond: both((side) => side.sampledTokensPerSecond),
    peakMemoryBytes: both((side) => side.peakMemoryBytes),
  };
}
