import type { ImportanceOptionsSettings, ImportanceSettings } from '@ais/pipeline/settings';
import { readReferenceLogProbs } from '@ais/trainer/runs';
import type { StageStore } from '@ais/workflow';
import { isOfKnownPolicy, type PairWeights } from '../data/study-data.js';
import { hasPairWeights } from '../data/study-method.js';
import type { PlannedRun } from '../plan/study-plan.js';
import { isFinding } from '../plan/study-store.js';
import { behaviorPath, loadPairs, referencePath } from '../stages/pairs-stage.js';
import { finalLogProbsPath } from '../stages/preference-stage.js';

/**
 * What the weights of each weighted run are at its end, pair by pair, of the pairs whose log-probabilities it kept; without the runs of
 * methods whose weights `hasPairWeights` does not know.
 */
export async function pairWeights(runs: readonly PlannedRun[], store: StageStore): Promise<PairWeights[]> {
  const weights: PairWeights[] = [];
  for (const { run, seed, stage, pairs: pairsStage } of runs) {
    const { method, beta, data } = run;
    const { importance } = method;
    if (!pairsStage || importance === 'none' || !hasPairWeights(importance)) continue;
    const final = await readReferenceLogProbs(finalLogProbsPath(await store.open(stage, isFinding)));
    if (!final) continue;
    const folder = await store.open(pairsStage);
    const behavior = await readReferenceLogProbs(
      method.behavior === 'data' && isOfKnownPolicy(data) ? behaviorPath(folder) : referencePath(folder),
    );
    const pairs = (await loadPairs(folder)).slice(0, final.chosen.length);
    const scored = pairs.map(({ chosen, rejected }, index): ScoredPair => {
      const ratio = (side: 'chosen' | 'rejected'): number =>
        (final[side][index] ?? Number.NaN) - (behavior?.[side][index] ?? Number.NaN);
      return [
        { ratio: ratio('chosen'), length: chosen.length },
        { ratio: ratio('rejected'), length: rejected.length },
      ];
    });
    weights.push({
      method: method.title,
      beta,
      data,
      seed,
      logWeight: logWeights(importance, scored).map(rounded),
      goldMargin: pairs.map(({ margin }) => rounded(margin)),
      chosenLength: pairs.map(({ chosen }) => chosen.length),
      rejectedLength: pairs.map(({ rejected }) => rejected.length),
    });
  }
  return weights;
}

/** The two responses of a pair: log π_θ − log μ, and the length. */
type ScoredPair = readonly [ScoredResponse, ScoredResponse];

interface ScoredResponse {
  readonly ratio: number;
  readonly length: number;
}

/**
 * The log of what each pair's loss is multiplied by: log w = Σ α·s over the two responses, within the bounds that the method has.
 *
 * Where weights are self-normalized, or all are the mean weight, the mean is that of the given pairs; in training it is that of a batch.
 *
 * @param importance weights that `hasPairWeights` knows
 */
export function logWeights(
  importance: Exclude<ImportanceSettings, 'none'>,
  pairs: readonly ScoredPair[],
): number[] {
  const options: ImportanceOptionsSettings =
    typeof importance === 'object' ? importance : { smoothing: importance };
  const logs = pairs.map((pair) => logWeight(options, pair));
  if (!options.meanWeightOnly && !options.selfNormalized) return logs;
  const mean = logMean(logs);
  return logs.map((log) => (options.meanWeightOnly ? mean : log - mean));
}

function logWeight({ smoothing, pool, clip }: ImportanceOptionsSettings, responses: ScoredPair): number {
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

/** log((1/n)·Σ w), from log w; the largest is taken out so that none overflows. */
function logMean(logs: readonly number[]): number {
  const largest = logs.reduce((most, log) => Math.max(most, log), Number.NEGATIVE_INFINITY);
  return largest + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - largest), 0) / logs.length);
}

/** Four digits after the point: enough for a histogram of thousands. */
function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
