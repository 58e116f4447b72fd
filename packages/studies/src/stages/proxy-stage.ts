import { loadSplit } from './corpus-stage.js';
import { loadPairs } from './pairs-stage.js';
import type { StageContext } from './stage-context.js';
import type { GoldTrainingSettings } from './stage-settings.js';
import { type JudgeSummary, trainJudge } from './train-judge.js';

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
): Promise<JudgeSummary> {
  const pairs = await loadPairs(folders.pairs);
  const examples = await loadSplit(folders.corpus, 'preference');
  return trainJudge(
    settings.proxy,
    { base: folders.policy, pairs, examples },
    { ...settings, directory },
    context,
  );
}
