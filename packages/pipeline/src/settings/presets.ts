import type { CommandName, PresetName, SplitName } from './command-settings.js';
import { plainObjective } from './objective-settings.js';
import { type Learning, MAX_GRADIENT_NORM, paperOnline, type ScaleName, scales } from './scales.js';

type Layer = Readonly<Record<string, unknown>>;

/** Which records a training command learns from. */
const learnedFrom: Readonly<Partial<Record<CommandName, SplitName>>> = {
  sft: 'supervised',
  reward: 'reward',
  train: 'preference',
};

/** How many prompts the evaluations of a preset ask for, at most. */
const evaluationPrompts: Readonly<Record<PresetName, number>> = {
  tiny: 128,
  small: 256,
  paper: 512,
  pretrained: 64,
};

/** β of objectives for which the default is out of place: means over tokens call for a large one, λ of ORPO is another thing. */
const usualBeta: Readonly<Record<string, number>> = {
  simpo: 2,
  'alpha-po': 2.5,
  orpo: 0.1,
  cpo: 0.1,
  // Their papers have no KL penalty.
  gspo: 0,
  luspo: 0,
  cispo: 0,
};

/**
 * A command's defaults at a preset, beyond those that its settings have by themselves.
 *
 * @param preset absent where none was chosen: then no text is chosen either, and training is that of a model that was
 *   trained elsewhere
 * @param objective of `train`: RLOO has separate settings in the paper, and objectives without a reference have their own β
 * @example
 * console.log(presetSettings('train', 'pretrained').training.learningRate); // 0.000005
 */
export function presetSettings(
  command: CommandName,
  preset: PresetName | undefined,
  objective?: unknown,
): Layer {
  if (command === 'chat') return {};
  if (command === 'label') return { ...(preset && { preset }) };
  const scale = preset === undefined || preset === 'pretrained' ? undefined : scales[preset];
  const prompts = evaluationPrompts[preset ?? 'pretrained'];
  const split = learnedFrom[command];
  const data = scale
    ? {
        ...scale.lengths,
        ...(split && { records: scale.records[split], heldOut: scale.records.evaluation }),
      }
    : { maxPromptTokens: 256, maxResponseTokens: 128 };
  const common = {
    ...(preset && { preset }),
    ...(scale && { source: scale.source, backend: scale.backend }),
    data,
  };
  if (command === 'generate') return { ...common, ...(scale && { prompts }) };
  if (command === 'evaluate') return { ...common, prompts, klPrompts: prompts };
  const training = {
    maxGradientNorm: MAX_GRADIENT_NORM,
    microBatchSize: scale?.microBatchSize ?? pretrained.microBatchSize,
    ...(preset === 'paper' && plainName(objective) === 'rloo'
      ? paperOnline
      : (scale ?? pretrained)[command as 'sft' | 'reward' | 'train']),
  };
  const trained = { ...common, shape: scale?.shape ?? scales.tiny.shape, training };
  if (command === 'reward') return trained;
  return {
    ...trained,
    evaluation:
      command === 'sft' ? { points: 4, prompts, klPrompts: 0 } : { points: 10, prompts, klPrompts: prompts },
    ...(command === 'sft' && scale && { promptWeight: scale.promptWeight }),
    ...(command === 'train' && preset === 'paper' && { validationFraction: 0 }),
    ...(command === 'train' && betaOf(objective)),
  };
}

function betaOf(objective: unknown): Layer {
  const name = plainName(objective);
  return Object.hasOwn(usualBeta, name) ? { beta: usualBeta[name] } : {};
}

/** With importance weights, or bounds, an objective keeps its settings. */
function plainName(objective: unknown): string {
  return typeof objective === 'string' ? plainObjective(objective) : '';
}

/**
 * A model that was trained elsewhere moves far in few updates: √KL 1.6 within 17 updates of DPO at β = 0.01 and a learning
 * rate of 1e-5 for a model of 135 million parameters.
 */
const pretrained: Readonly<Record<'sft' | 'reward' | 'train', Learning>> & {
  readonly microBatchSize: number;
} = {
  microBatchSize: 4,
  sft: { epochs: 1, batchSize: 16, learningRate: 2e-5, warmupFraction: 0.05 },
  reward: { epochs: 1, batchSize: 16, learningRate: 1e-5, warmupFraction: 0.05 },
  train: { epochs: 1, batchSize: 16, learningRate: 5e-6, warmupFraction: 0.1 },
};

/** The scale that a preset is one of; nothing for a model that was trained elsewhere. */
export function presetScale(preset: PresetName | undefined): ScaleName | undefined {
  return preset === 'pretrained' ? undefined : preset;
}
