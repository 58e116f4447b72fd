import { defaultMemoryBudget, type ModelSize, modelSize, storedModelSize } from '@ais/language-model';
import { measureBackend } from '@ais/runtime';
import { modelFolder } from '../corpus/model-folder.js';
import type { Settings } from '../settings/command-settings.js';
import { NEW_MODEL } from '../settings/model-settings.js';
import { requireCount } from '../settings/require-count.js';
import { runSteps } from '../steps/training-options.js';

/** What a training run will need. */
export interface RunEstimate {
  readonly parameters: number;
  /** Absent where it depends on how many records the text has. */
  readonly steps?: number;
  /**
   * Bytes of weights, gradients, and optimizer state, of the models besides the policy, of a step's intermediates, and of
   * the program with its back end.
   */
  readonly memoryBytes: number;
  /** Of the steps alone, at the rate of matrix products measured here; evaluation and sampling come on top. */
  readonly seconds?: number;
  /** The rate, 10⁹ operations a second. */
  readonly gigaflopsPerSecond: number;
}

/**
 * Estimates memory and time of a training run before anything is read or written.
 *
 * A token costs 6 operations a parameter of the blocks (2 forward, 4 backward), and 2 more where blocks are computed again;
 * a token that is predicted costs 6 more for each of the head's. With LoRA a frozen matrix costs 2 less on the way back, and
 * gradients and moments are those of the adapters. An example is taken to be as long as it may be, so a run
 * whose texts are shorter takes less.
 *
 * @param load `responses`: how many an example has, 2 for a pair; `predictsPrompt`: whether the loss is over the prompt too;
 *   `otherModels`: models in memory besides the trained one, such as a reference or a reward model
 * @throws {CheckpointError} if the settings name a model that does not exist
 * @throws {PipelineError} `invalid-setting` for a number of the load that is not an integer, or too small
 * @example
 * const settings = await readSettings('sft', { flags: { preset: 'tiny' } });
 * const { parameters, steps } = await estimateRun(settings, { responses: 1, otherModels: 0 });
 * console.log(parameters, steps); // 165632 300
 */
export async function estimateRun(
  settings: Pick<Settings<'sft'>, 'shape' | 'model' | 'data' | 'training' | 'backend'>,
  load: { readonly responses: number; readonly predictsPrompt?: boolean; readonly otherModels: number },
): Promise<RunEstimate> {
  const { data, training, backend, model } = settings;
  requireCount('responses', load.responses, 1);
  requireCount('otherModels', load.otherModels, 0);
  const { shape, parameters, blockParameters } =
    model === undefined || model === NEW_MODEL
      ? modelSize(settings.shape)
      : await storedModelSize(await modelFolder(model));
  const steps = training.steps ?? (data.records === undefined ? undefined : runSteps(training, data.records));
  const { responses, predictsPrompt = false, otherModels } = load;
  const responseTokens = responses * data.maxResponseTokens;
  const tokens = data.maxPromptTokens + responseTokens;
  // One layer's activations of a token: about 34 values a hidden dimension.
  const kept = training.microBatchSize * tokens * shape.layerCount * shape.hiddenSize * 34 * 4;
  const head = shape.vocabularySize * shape.hiddenSize;
  const { lora } = training;
  const gigaflopsPerSecond = await speedOf(backend);
  // By now the program and its back end are loaded.
  const program = process.memoryUsage().rss;
  const mostKept = defaultMemoryBudget(lora ? parameters : 0);
  const perParameter = lora ? 4 : 6;
  const inBlocks = (perParameter + (kept > mostKept ? 2 : 0)) * blockParameters * tokens;
  const inHead = perParameter * head * (predictsPrompt ? tokens : responseTokens);
  const trained = lora ? lora.rank * adapterRows(shape) : parameters;
  // A gradient and two moments of each, beside the adapters, which are no part of the model.
  const bytesOfTrained = (lora ? 8 : 4) + (training.adamMoments === 'bfloat16' ? 4 : 8);
  return {
    parameters,
    ...(steps !== undefined && {
      steps,
      seconds: ((inBlocks + inHead) * training.batchSize * steps) / (gigaflopsPerSecond * 1e9),
    }),
    memoryBytes:
      4 * parameters * (1 + otherModels) + trained * bytesOfTrained + Math.min(kept, mostKept) + program,
    gigaflopsPerSecond,
  };
}

/** A back end is measured once, however many runs are estimated. */
const speeds = new Map<string | undefined, Promise<number>>();

function speedOf(backend: string | undefined): Promise<number> {
  const measure = async (): Promise<number> =>
    (await measureBackend(backend, { size: 512, budget: 500 })).gigaflopsPerSecond;
  const speed = speeds.get(backend) ?? measure();
  speeds.set(backend, speed);
  speed.catch(() => speeds.delete(backend));
  return speed;
}

/** Rows of A and columns of B at rank 1: what a block's matrices read and give, with a gate in the MLP. */
function adapterRows(shape: ModelSize['shape']): number {
  const { hiddenSize, intermediateSize, headCount, keyValueHeadCount, headSize, layerCount } = shape;
  const attention = 4 * hiddenSize + 2 * (headCount + keyValueHeadCount) * headSize;
  return layerCount * (attention + 3 * (hiddenSize + intermediateSize));
}
