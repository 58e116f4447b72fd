/** What is done with the weights: each pair's own, divided by the batch's mean, or the batch's mean for every pair. */
export type Normalization = 'none' | 'self' | 'mean';

/** A method that the study compares with DPO: the exponent of its weights, and what is done with them. */
export interface Arm {
  readonly name: ArmName;
  readonly title: string;
  /** α of a response of T tokens. */
  readonly alpha: (length: number) => number;
  readonly normalization: Normalization;
}

export type ArmName = 'ais' | 'ais-sqrt' | 'plain' | 'self-normalized' | 'mean-weight';

/** In the order of legends. */
export const arms: readonly Arm[] = [
  { name: 'ais', title: 'AIS, α = 1/T', alpha: (length) => 1 / length, normalization: 'none' },
  {
    name: 'ais-sqrt',
    title: 'AIS, α = 1/√T',
    alpha: (length) => 1 / Math.sqrt(length),
    normalization: 'none',
  },
  { name: 'plain', title: 'α = 1', alpha: () => 1, normalization: 'none' },
  {
    name: 'self-normalized',
    title: 'reweighting alone (self-normalized 1/T)',
    alpha: (length) => 1 / length,
    normalization: 'self',
  },
  {
    name: 'mean-weight',
    title: 'step size alone (mean weight 1/T)',
    alpha: (length) => 1 / length,
    normalization: 'mean',
  },
];
