import { openSummaries } from '../stages/open-summaries.js';
import type { DemoSettings } from './demo-settings.js';

/** Minutes on two cores with WASM: a closed vocabulary, a policy of about two hundred thousand parameters. */
const tiny: DemoSettings = {
  preset: 'tiny',
  source: 'synthetic',
  seed: 1,
  corpus: {
    supervised: 9600,
    reward: 1500,
    preference: 2000,
    evaluation: 256,
    vocabularySize: 512,
    maxPromptTokens: 64,
    maxResponseTokens: 20,
  },
  // Copying a detail from the post is learned within a minute from weights this large, and not from the usual 0.02.
  policy: { layerCount: 2, hiddenSize: 64, headCount: 4, initializerRange: 0.08 },
  supervised: { epochs: 1, batchSize: 32, learningRate: 6e-3, warmupFraction: 0.1, promptWeight: 0 },
  gold: {
    training: { epochs: 2, batchSize: 32, learningRate: 2e-3, warmupFraction: 0.1 },
    validationFraction: 0.15,
  },
  preference: {
    epochs: 1,
    batchSize: 32,
    // High enough that unweighted DPO over-optimizes within the epoch; held for every method.
    learningRate: 1e-3,
    warmupFraction: 0.1,
    beta: 0.01,
    methods: ['dpo', 'ais-dpo'],
  },
  evaluation: { points: 10, klPrompts: 128 },
  microBatchSize: 32,
};

/** Tens of minutes on two cores with native TensorFlow: Debian's package descriptions. */
const small: DemoSettings = {
  preset: 'small',
  source: 'debian',
  seed: 1,
  corpus: {
    supervised: 21_000,
    reward: 4600,
    preference: 6500,
    evaluation: 256,
    vocabularySize: 3072,
    maxPromptTokens: 72,
    maxResponseTokens: 20,
  },
  policy: { layerCount: 3, hiddenSize: 128, headCount: 4, initializerRange: 0.02 },
  supervised: { epochs: 1, batchSize: 64, learningRate: 2e-3, warmupFraction: 0.05, promptWeight: 0.3 },
  gold: {
    model: {
      layerCount: 4,
      hiddenSize: 160,
      headCount: 5,
      initializerRange: 0.02,
      supervised: { epochs: 0.6, batchSize: 64, learningRate: 2e-3, warmupFraction: 0.05, promptWeight: 0.3 },
    },
    training: { epochs: 2, batchSize: 64, learningRate: 3e-4, warmupFraction: 0.1 },
    validationFraction: 0.1,
  },
  preference: {
    epochs: 1,
    batchSize: 32,
    // Of 3e-5 and 1e-4 the one where unweighted DPO over-optimizes; held for every method.
    learningRate: 1e-4,
    warmupFraction: 0.1,
    beta: 0.01,
    methods: ['dpo', 'ais-dpo'],
  },
  evaluation: { points: 10, klPrompts: 256 },
  microBatchSize: 32,
};

const presets: Readonly<Record<string, DemoSettings>> = { tiny, small };

/**
 * The settings that a preset's and a source's names stand for; the one place that knows the presets' names.
 *
 * @param source see `openSummaries`; `synthetic` where absent
 * @param preset `tiny` for synthetic text and `small` for real text where absent
 * @throws {UnknownSourceError} {@link UnknownPresetError}
 */
export function demoPreset(options: { source?: string; preset?: string; seed?: number } = {}): DemoSettings {
  const { source = 'synthetic', preset = source === 'synthetic' ? 'tiny' : 'small' } = options;
  const settings = Object.hasOwn(presets, preset) ? presets[preset] : undefined;
  if (!settings) throw new UnknownPresetError(preset);
  const chosen = { ...settings, source, seed: options.seed ?? settings.seed };
  openSummaries(source, { seed: chosen.seed, records: 0 });
  return chosen;
}

export class UnknownPresetError extends Error {
  override readonly name = 'UnknownPresetError';
  constructor(preset: string) {
    super(`@ais/studies: there is no preset "${preset}". Use one of: ${Object.keys(presets).join(', ')}.`);
  }
}
