import * as tf from '@tensorflow/tfjs-core';
import {
  fixed,
  type ImportanceOptions,
  importanceWeights,
  inverseLength,
  inverseSqrtLength,
  weightBounds,
} from '../../src/index.js';

/** What a response's ratio t = π_θ(y)/μ(y) becomes as a weight. */
export interface SequenceWeight {
  readonly name: string;
  readonly formula: string;
  /** The weight in this package, as options and as code. */
  readonly options: ImportanceOptions;
  readonly code: string;
}

/** Where the bounds of truncation, masking, and filter lie, and VESPO's defaults for positive advantages. */
export const constants = {
  truncation: 2,
  mask: [0.5, 2],
  filter: [0.99, 1.01],
  vespo: { k: 2, lambda: 3 },
} as const;

const { truncation, mask, filter, vespo } = constants;

export const sequenceWeights: readonly SequenceWeight[] = [
  { name: 'sum', formula: 't', options: { smoothing: fixed(1) }, code: 'smoothing: fixed(1)' },
  {
    name: '1/√|y|',
    formula: 't^(1/√|y|)',
    options: { smoothing: inverseSqrtLength() },
    code: 'smoothing: inverseSqrtLength()',
  },
  {
    name: '1/|y|',
    formula: 't^(1/|y|)',
    options: { smoothing: inverseLength() },
    code: 'smoothing: inverseLength()',
  },
  {
    name: 'truncation',
    formula: `min(t, ${truncation})`,
    options: {
      smoothing: fixed(1),
      bounds: weightBounds({ clipResponses: { upper: Math.log(truncation) } }),
    },
    code: `smoothing: fixed(1), bounds: weightBounds({ clipResponses: { upper: Math.log(${truncation}) } })`,
  },
  {
    name: 'masking',
    formula: `t where ${mask[0]} ≤ t ≤ ${mask[1]}, else 0`,
    options: {
      smoothing: fixed(1),
      bounds: weightBounds({
        clipResponses: { lower: Math.log(mask[0]), upper: Math.log(mask[1]), outside: 'mask' },
      }),
    },
    code: `smoothing: fixed(1), bounds: weightBounds({ clipResponses: { lower: Math.log(${mask[0]}), upper: Math.log(${mask[1]}), outside: 'mask' } })`,
  },
  {
    name: 'geometric filter',
    formula: `1 where ${filter[0]} ≤ t^(1/|y|) ≤ ${filter[1]}, else 0`,
    options: {
      smoothing: fixed(0),
      bounds: weightBounds({ filter: { lower: Math.log(filter[0]), upper: Math.log(filter[1]) } }),
    },
    code: `smoothing: fixed(0), bounds: weightBounds({ filter: { lower: Math.log(${filter[0]}), upper: Math.log(${filter[1]}) } })`,
  },
  {
    name: 'VESPO',
    formula: `t^${vespo.k}·e^(${vespo.lambda}·(1 − t))`,
    options: { smoothing: fixed(1), bounds: weightBounds({ vespo: {} }) },
    code: 'smoothing: fixed(1), bounds: weightBounds({ vespo: {} })',
  },
];

/**
 * The package's own weights of responses of one length from their log t.
 *
 * Each is the chosen response of a pair whose other response is as likely under both policies, which has a factor of 1.
 */
export function weightsOf(
  { options }: Pick<SequenceWeight, 'options'>,
  logs: readonly number[],
  length: number,
): number[] {
  return tf.tidy(() => {
    const column = (value: number): tf.Tensor1D => tf.fill<tf.Rank.R1>([logs.length], value);
    const batch = {
      policyChosen: tf.tensor1d([...logs]),
      policyRejected: column(0),
      referenceChosen: column(0),
      referenceRejected: column(0),
      chosenLength: column(length),
      rejectedLength: column(length),
    };
    return [...importanceWeights(batch, options).dataSync()];
  });
}

/**
 * Policies over two tokens, each token independent of the others: μ is fair, π_θ takes the first one with probability p.
 *
 * All that a weight sees of a response is how many of its T tokens are the first one, k, and k is binomial. So every mean over the 2^T
 * responses is a sum of T + 1 terms, exact at any length.
 */
export interface TwoTokens {
  /** π_θ of the first token; μ's is ½. */
  readonly p: number;
  readonly length: number;
}

/** One class of responses: all with k first tokens. */
export interface ResponseClass {
  readonly first: number;
  /** log of their probability together under μ. */
  readonly logMass: number;
  /** log t of each. */
  readonly logRatio: number;
}

export function responseClasses({ p, length }: TwoTokens): ResponseClass[] {
  let logChoose = 0;
  return Array.from({ length: length + 1 }, (_, first) => {
    if (first > 0) logChoose += Math.log(length - first + 1) - Math.log(first);
    return {
      first,
      logMass: logChoose - length * Math.LN2,
      logRatio: first * Math.log(2 * p) + (length - first) * Math.log(2 * (1 - p)),
    };
  });
}

/** What a weight does, exactly. */
export interface WeightReport {
  /** E_μ[w]: by how much the step is scaled. 1 − this is the bias of a constant. */
  readonly mean: number;
  /** Var_μ[w]. */
  readonly variance: number;
  /** E_μ[w]²/E_μ[w²]: the share of a large batch that counts. */
  readonly effective: number;
  /** The median of w under μ: what one typically sees, whatever the mean is. */
  readonly median: number;
  /** Share of responses with w = 0. */
  readonly dropped: number;
  /**
   * How far reweighting alone, without the scale of the step, leads from μ to π_θ: the mean share of first tokens under the
   * normalized weights, as a share of the way from μ's ½ (0) to π_θ's p (1).
   */
  readonly recovered: number;
}

export function reportOf(own: Pick<SequenceWeight, 'options'>, policies: TwoTokens): WeightReport {
  const { p, length } = policies;
  const responses = responseClasses(policies);
  const weights = weightsOf(
    own,
    responses.map(({ logRatio }) => logRatio),
    length,
  );
  const classes = responses.map(({ first, logMass }, index) => {
    const w = weights[index] as number;
    return { first, mass: Math.exp(logMass), w, weighted: Math.exp(logMass + Math.log(w)), logMass };
  });
  const sum = (value: (own: (typeof classes)[number]) => number): number =>
    classes.reduce((total, own) => total + value(own), 0);
  const mean = sum(({ weighted }) => weighted);
  const square = sum(({ logMass, w }) => Math.exp(logMass + 2 * Math.log(w)));
  const firsts = sum(({ first, weighted }) => (first / length) * weighted) / mean;
  return {
    mean,
    variance: sum(({ mass, w }) => mass * (w - mean) ** 2),
    effective: mean ** 2 / square,
    median: medianOf(classes),
    dropped: sum(({ mass, w }) => (w === 0 ? mass : 0)),
    recovered: (firsts - 0.5) / (p - 0.5),
  };
}

function medianOf(classes: readonly { readonly mass: number; readonly w: number }[]): number {
  let below = 0;
  for (const { mass, w } of [...classes].sort((a, b) => a.w - b.w)) {
    below += mass;
    if (below >= 0.5 - 1e-12) return w;
  }
  return Number.NaN;
}

/** Σ p²/½ − 1, per token. */
export const chiSquared = (p: number): number => 2 * (p * p + (1 - p) ** 2) - 1;

/** KL(π_θ‖μ) per token, in nats. */
export const divergence = (p: number): number => p * Math.log(2 * p) + (1 - p) * Math.log(2 * (1 - p));
