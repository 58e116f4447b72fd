import { join } from 'node:path';
import { createRewardModel, loadPretrained, saveRewardModel } from '@ais/language-model';
import { trainRewardModel } from '@ais/trainer';
import { loadSplit } from './corpus-stage.js';
import { countParameters } from './count-parameters.js';
import type { GoldSummary } from './gold-stage.js';
import { loadPairs } from './pairs-stage.js';
import type { StageContext } from './stage-context.js';
import type { GoldTrainingSettings } from './stage-settings.js';
import { trainingOptions } from './training-options.js';

export interface ProxyStageSettings {
  readonly proxy: GoldTrainingSettings;
  readonly seed: number;
  readonly microBatchSize: number;
}

/**
 * Trains the proxy reward model that an online method learns from, on the gold-labelled pairs and from the policy's SFT
 * weights; it ends in `model`. The gold model itself only judges.
 */
export async function trainProxy(
  settings: ProxyStageSettings,
  folders: Readonly<Record<'corpus' | 'policy' | 'pairs', string>>,
  directory: string,
  context: StageContext,
): Promise<GoldSummary> {
  const { proxy, seed } = settings;
  const pairs = await loadPairs(folders.pairs);
  const examples = await loadSplit(folders.corpus, 'preference');
  const held = Math.round(proxy.validationFraction * pairs.length);
  const backbone = await loadPretrained(join(folders.policy, 'model'));
  const model = createRewardModel(backbone, { seed });
  backbone.dispose();
  try {
    const result = await trainRewardModel(model, pairs.slice(held), {
      ...trainingOptions(proxy.training, { ...settings, directory }, context),
      validationPairs: pairs.slice(0, held),
      references: examples.map(({ prompt, response }) => [...prompt, ...response]),
    });
    await saveRewardModel(model, join(directory, 'model'));
    return {
      parameters: countParameters(model),
      trainingPairs: pairs.length - held,
      validationPairs: held,
      validationAccuracy: result.validationAccuracy,
    };
  } finally {
    model.dispose();
  }
}
