import { type ModelName, modelShapes, parameterCount } from '../inputs/model-shapes.js';
import { makeCheckpoint } from '../measurement/checkpoint.js';
import { type BenchmarkContext, type ResultHeader, resultHeader } from '../measurement/context.js';
import { type Spread, spread } from '../measurement/spread.js';
import { withTemporaryFolder } from '../measurement/temporary-folder.js';
import { withSides } from '../measurement/with-sides.js';
import type { LoadingAnswer, LoadingSettings } from '../sides/loading-side.js';
import type { BackendFacts } from '../sides/preference-side.js';

export type StoredType = 'float32' | 'float16' | 'bfloat16';

export interface LoadingBenchmarkSettings {
  readonly backends: readonly string[];
  readonly model: ModelName;
  readonly types: readonly StoredType[];
  readonly seed: number;
  readonly repetitions: number;
}

export interface Loading {
  readonly backend: string;
  readonly type: StoredType;
  readonly seconds: Spread;
  /** The most that was resident while it loaded, beyond what was before. */
  readonly addedBytes: Spread;
}

export interface LoadingResult extends ResultHeader {
  readonly settings: LoadingBenchmarkSettings;
  /** The model in float32, and its largest tensor. */
  readonly modelBytes: number;
  readonly largestTensorBytes: number;
  readonly loadings: readonly Loading[];
}

/** What `--json` prints: the most memory of any loading over the model and one tensor. */
export interface LoadingSummary {
  readonly memoryOverBound: number;
}

/** Time and memory of loading a checkpoint, each time in a process of its own. */
export async function measureLoading(
  settings: LoadingBenchmarkSettings,
  context: BenchmarkContext,
): Promise<LoadingResult> {
  const { model, seed, repetitions } = settings;
  const { vocabularySize, hiddenSize } = modelShapes[model].configuration;
  const facts: BackendFacts[] = [];
  const loadings: Loading[] = [];
  for (const dtype of settings.types) {
    await withTemporaryFolder(async (folder) => {
      const checkpoint = await makeCheckpoint(context, { model, seed, folder, dtype });
      for (const backend of settings.backends) {
        context.onProgress(`Loading ${dtype} on ${backend}.`);
        const program = {
          side: 'loading',
          settings: { backend, checkpoint } satisfies LoadingSettings,
        } as const;
        const answers: LoadingAnswer[] = [];
        while (answers.length < repetitions) {
          const answer = await withSides<BackendFacts, LoadingAnswer, LoadingAnswer>(
            { ...context, onProgress: () => {} },
            new Map([['ours', program]]),
            async (sides) => {
              const [side] = sides.values();
              if (!side) throw new Error('The side did not start.');
              facts.push(side.facts);
              return side.measure();
            },
          );
          answers.push(answer);
        }
        loadings.push({
          backend: facts.at(-1)?.backend ?? backend,
          type: dtype,
          seconds: spread(answers.map(({ seconds }) => seconds)),
          addedBytes: spread(answers.map(({ addedBytes }) => addedBytes)),
        });
      }
    });
  }
  return {
    ...resultHeader(facts, context.threads),
    settings,
    modelBytes: 4 * parameterCount(modelShapes[model]),
    largestTensorBytes: 4 * vocabularySize * hiddenSize,
    loadings,
  };
}

export function summarizeLoading(result: LoadingResult): LoadingSummary {
  const most = Math.max(...result.loadings.map(({ addedBytes }) => addedBytes.maximum));
  return { memoryOverBound: most / (result.modelBytes + result.largestTensorBytes) };
}
