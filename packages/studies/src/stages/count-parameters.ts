import type { CausalLanguageModel, RewardModel } from '@ais/language-model';

/** Trainable numbers of a model. */
export function countParameters({
  parameters,
}: Pick<CausalLanguageModel | RewardModel, 'parameters'>): number {
  return [...parameters.values()].reduce((sum, { size }) => sum + size, 0);
}
