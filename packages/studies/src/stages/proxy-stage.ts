import { join } from 'node:path';
import { loadPretrained } from '@ais/language-model';
import { examplesOf, openCorpus, trainJudge } from '@ais/pipeline';
import type { StageContext } from '@ais/workflow';
import type { JudgeSettings } from '../settings/study-settings.js';
import { firstHeldOut, type JudgeSummary, judgeSummary } from './judge-summary.js';
import { loadPairs } from './pairs-stage.js';
import { stageRun } from './step-context.js';

export interface ProxyStageSettings extends JudgeSettings {
  readonly seed: number;
}

/**
 * Trains the proxy reward model that an online method learns from, on the labeled pairs and from the policy's SFT weights;
 * it ends in `model`. The gold model itself only judges.
 */
export async function trainProxy(
  { training, validationFraction, seed }: ProxyStageSettings,
  inputs: Readonly<Record<'corpus' | 'policy' | 'pairs', string>>,
  context: StageContext,
): Promise<JudgeSummary> {
  const examples = examplesOf(await openCorpus(inputs.corpus), 'preference');
  const backbone = await loadPretrained(join(inputs.policy, 'model'));
  try {
    const outcome = await trainJudge(
      backbone,
      firstHeldOut(await loadPairs(inputs.pairs), validationFraction),
      {
        training,
        seed,
        references: examples.map(({ prompt, response }) => [...prompt, ...response]),
        saveTo: join(context.directory, 'model'),
      },
      stageRun(context),
    );
    return judgeSummary(outcome);
  } finally {
    backbone.dispose();
  }
}
