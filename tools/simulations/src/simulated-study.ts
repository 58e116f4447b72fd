import { createRandom, type Random } from '@ais/runtime/random';

/** Standard deviations of what makes one value differ from the mean of all. */
export interface Spread {
  /** Of the luck of training, the same for all prompts of a seed. */
  readonly seed: number;
  /** Of how much a prompt differs, the same in all seeds. */
  readonly prompt: number;
  /** Of one prompt in one seed. */
  readonly residual: number;
}

/** What was measured at the end of training at β = 0.01, of the difference of two methods' outcomes. */
export const measuredSpread: Spread = { seed: 0.024, prompt: 0.036, residual: 0.281 };

export interface StudySize {
  readonly seeds: number;
  readonly prompts: number;
}

/** Does something in many simulated studies, each with random numbers of its own; the same every time. */
export function inStudies<Value>(
  studies: number,
  what: string,
  simulate: (random: Random) => Value,
): Value[] {
  return Array.from({ length: studies }, (_, index) => simulate(createRandom(1, what, index)));
}

/** [seeds][prompts], differences of two methods' outcomes: mean + seed + prompt + residual, each normal. */
export function simulatedDifferences(
  mean: number,
  { seed, prompt, residual }: Spread,
  { seeds, prompts }: StudySize,
  random: Random,
): number[][] {
  const ofPrompts = random.normals(prompts, { standardDeviation: prompt });
  return Array.from({ length: seeds }, () => {
    const luck = mean + seed * random.normal();
    return Array.from(random.normals(prompts, { standardDeviation: residual }), (noise, index) => {
      return luck + (ofPrompts[index] ?? 0) + noise;
    });
  });
}

/** [seeds][evaluations][prompts], wins of one method along runs whose true win rates are these. */
export function simulatedRuns(
  rates: readonly number[],
  { seeds, prompts }: StudySize,
  random: Random,
): number[][][] {
  // Prompts differ far more in one method's win rate than in the difference of two. Evenly, and less than the rates allow:
  // cut off at 0 or 1, chances would have another mean than the rate.
  const ofPrompts = Array.from({ length: prompts }, () => 0.6 * random.uniform() - 0.3);
  return Array.from({ length: seeds }, () =>
    rates.map((rate) => {
      const luck = rate + measuredSpread.seed * random.normal();
      return ofPrompts.map((own) => (random.uniform() < luck + own ? 1 : 0));
    }),
  );
}

export function shareOf<Value>(values: readonly Value[], is: (value: Value) => boolean): number {
  return values.filter(is).length / values.length;
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
