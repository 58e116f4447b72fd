import type { ImportanceOptionsSettings, ImportanceSettings } from '@ais/pipeline/settings';
import { readReferenceLogProbs } from '@ais/trainer/runs';
import type { StageStore } from '@ais/workflow';
import { isOfKnownPolicy, type PairWeights } from '../data/study-data.js';
import type { PlannedRun } from '../plan/study-plan.js';
import { isFinding } from '../plan/study-store.js';
import { behaviorPath, loadPairs, referencePath } from '../stages/pairs-stage.js';
import { finalLogProbsPath } from '../stages/preference-stage.js';

/** What the weights of each weighted run are at its end, pair by pair, of the pairs whose log-probabilities it kept. */
export async function pairWeights(runs: readonly PlannedRun[], store: StageStore): Promise<PairWeights[]> {
  const weights: PairWeights[] = [];
  for (const { run, seed, stage, pairs: pairsStage } of runs) {
    const { method, beta, data } = run;
    const final = await readReferenceLogProbs(finalLogProbsPath(await store.open(stage, isFinding)));
    if (!final || !pairsStage || method.importance === 'none') continue;
    const folder = await store.open(pairsStage);
    const behavior = await readReferenceLogProbs(
      method.behavior === 'data' && isOfKnownPolicy(data) ? behaviorPath(folder) : referencePath(folder),
    );
    const pairs = (await loadPairs(folder)).slice(0, final.chosen.length);
    const { importance } = method;
    weights.push({
      method: method.title,
      beta,
      data,
      seed,
      logWeight: pairs.map(({ chosen, rejected }, index) => {
        const ratio = (side: 'chosen' | 'rejected'): number =>
          (final[side][index] ?? Number.NaN) - (behavior?.[side][index] ?? Number.NaN);
        return rounded(
          logWeight(importance, [
            { ratio: ratio('chosen'), length: chosen.length },
            { ratio: ratio('rejected'), length: rejected.length },
          ]),
        );
      }),
      goldMargin: pairs.map(({ margin }) => rounded(margin)),
      chosenLength: pairs.map(({ chosen }) => chosen.length),
      rejectedLength: pairs.map(({ rejected }) => rejected.length),
    });
  }
  return weights;
}

/** log w = Σ α·s over the two responses, within the bounds that the method has. */
export function logWeight(
  importance: Exclude<ImportanceSettings, 'none'>,
  responses: readonly { readonly ratio: number; readonly length: number }[],
): number {
  const { smoothing, pool, clip }: ImportanceOptionsSettings =
    typeof importance === 'object' ? importance : { smoothing: importance };
  const total = responses.reduce((sum, { length }) => sum + length, 0);
  const alpha = (length: number): number => {
    if (typeof smoothing === 'number') return smoothing;
    return smoothing === 'inverse-length' ? 1 / length : 1 / Math.sqrt(length);
  };
  const sum = responses.reduce(
    (weight, { ratio, length }) => weight + alpha(pool === 'pair' ? total : length) * ratio,
    0,
  );
  return Math.min(clip?.upper ?? Infinity, Math.max(clip?.lower ?? -Infinity, sum));
}

/** Four digits after the point: enough for a histogram of thousands. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
