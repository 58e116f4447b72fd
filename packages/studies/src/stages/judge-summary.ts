import type { HeldOut, JudgeOutcome, PreferencePair } from '@ais/pipeline';

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
    ...{ parameters, trainingPairs, validationPairs, validationAccuracy, validationInterval },
    ...{ validationLogLoss, calibrationError },
  };
}

/** Holds out the first pairs: their share, and then the rest of those that have the last one's prompt or family. */
export function firstHeldOut(pairs: readonly PreferencePair[], share: number): HeldOut<PreferencePair> {
  const group = (pair: PreferencePair | undefined): string | undefined => pair?.family ?? pair?.prompt.join();
  let count = Math.round(share * pairs.length);
  while (count > 0 && count < pairs.length && group(pairs[count]) === group(pairs[count - 1])) count += 1;
  return { heldOut: pairs.slice(0, count), trained: pairs.slice(count) };
}
