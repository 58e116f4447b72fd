import type { HeldOut, TokenizedPair } from '@ais/data';
import { type JudgeOutcome, pairKeys } from '@ais/pipeline';

/** What a reward model's stage reports. */
export interface JudgeSummary
  extends Pick<
    JudgeOutcome,
    | 'parameters'
    | 'trainingPairs'
    | 'validationPairs'
    | 'validationAccuracy'
    | 'validationInterval'
    | 'validationLogLoss'
    | 'calibrationError'
  > {
  /** What was cut or left out, in words. */
  readonly remarks?: readonly string[];
}

export function judgeSummary(outcome: JudgeOutcome): JudgeSummary {
  const { parameters, trainingPairs, validationPairs, validationAccuracy, validationInterval } = outcome;
  const { validationLogLoss, calibrationError } = outcome;
  return {
    parameters,
    trainingPairs,
    validationPairs,
    validationAccuracy,
    validationInterval,
    validationLogLoss,
    calibrationError,
  };
}

/**
 * Holds out the first pairs: their share, and then the rest of those that have the last one's prompt. Those whose family is
 * learned from as well are left out.
 */
export function firstHeldOut(pairs: readonly TokenizedPair[], share: number): HeldOut<TokenizedPair> {
  const prompt = (index: number): string | undefined => pairs[index]?.prompt.join();
  let count = Math.round(share * pairs.length);
  while (count > 0 && count < pairs.length && prompt(count) === prompt(count - 1)) count += 1;
  const trained = pairs.slice(count);
  const learned = new Set(trained.flatMap(pairKeys));
  return {
    trained,
    heldOut: pairs.slice(0, count).filter((pair) => !pairKeys(pair).some((key) => learned.has(key))),
  };
}
