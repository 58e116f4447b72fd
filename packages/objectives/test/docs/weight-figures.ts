import * as tf from '@tensorflow/tfjs-core';
import {
  fixed,
  importanceWeights,
  inverseLength,
  inverseSqrtLength,
  type Smoothing,
} from '../../src/index.js';
import { type Line, lineChart } from './line-chart.js';
import { sequenceWeights, weightsOf } from './sum-or-mean.js';

// One token: π_ref is uniform over two, π_θ prefers one of them. A response is T independent tokens, so that all 2^T
// responses can be enumerated and every mean is exact.
const STEP = [0.7, 0.3] as const;

/** Bias and variance of the weight of one response under π_ref. */
export interface WeightMoments {
  /** 1 − E_ref[w]. */
  readonly bias: number;
  /** Var_ref[w]. */
  readonly variance: number;
}

/** By the package's own weights of all responses of a length; the pair's other response is as likely under both policies. */
export function momentsOf(smoothing: Smoothing, length: number): WeightMoments {
  let logs = [0];
  for (let t = 0; t < length; t += 1) logs = logs.flatMap((log) => STEP.map((p) => log + Math.log(p)));
  const rows = logs.length;
  const weights = tf.tidy(() => {
    const zeros: tf.Tensor1D = tf.zeros([rows]);
    const batch = {
      policyChosen: tf.tensor1d(logs),
      policyRejected: zeros,
      referenceChosen: tf.fill<tf.Rank.R1>([rows], -length * Math.log(STEP.length)),
      referenceRejected: zeros,
      chosenLength: tf.fill<tf.Rank.R1>([rows], length),
      rejectedLength: tf.fill<tf.Rank.R1>([rows], length),
    };
    return [...importanceWeights(batch, { smoothing }).dataSync()];
  });
  const mean = weights.reduce((sum, w) => sum + w, 0) / rows;
  const variance = weights.reduce((sum, w) => sum + (w - mean) ** 2, 0) / rows;
  return { bias: 1 - mean, variance };
}

const alphas = Array.from({ length: 41 }, (_, index) => index / 40);
const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

const smoothings: readonly (readonly [string, Smoothing])[] = [
  ['α = 1', fixed(1)],
  ['α = 0.25', fixed(0.25)],
  ['α = 1/√|y|', inverseSqrtLength()],
  ['α = 1/|y|', inverseLength()],
];

function againstAlpha(moment: keyof WeightMoments): Line[] {
  return [1, 4, 12].map((length) => ({
    name: `|y| = ${length}`,
    points: alphas.map((alpha) => ({ x: alpha, y: momentsOf(fixed(alpha), length)[moment] })),
  }));
}

function againstLength(moment: keyof WeightMoments): Line[] {
  return smoothings.map(([name, smoothing]) => ({
    name,
    points: lengths.map((length) => ({ x: length, y: momentsOf(smoothing, length)[moment] })),
  }));
}

const bias = 'bias 1 − E[w]';
const variance = 'variance of w';
const chart = (xTitle: string, yTitle: string, lines: Line[]): Promise<string> =>
  lineChart({ xTitle, panels: [{ yTitle, height: 220, lines }] });

/** One response of 20 tokens as its ratio moves, by each kind of bound. */
function againstRatio(): Line[] {
  const logs = Array.from({ length: 141 }, (_, index) => index / 40 - 2);
  const kinds = ['sum', '1/|y|', 'truncation', 'masking', 'geometric filter', 'VESPO'];
  return sequenceWeights
    .filter(({ name }) => kinds.includes(name))
    .map((own) => {
      const weights = weightsOf(own, logs, 20);
      return { name: own.name, points: logs.map((x, index) => ({ x, y: weights[index] as number })) };
    });
}

/** The figures of docs/importance-weights.md, by file name. */
export const weightFigures: Readonly<Record<string, () => Promise<string>>> = {
  'bias-against-alpha.svg': () => chart('α', bias, againstAlpha('bias')),
  'variance-against-alpha.svg': () => chart('α', variance, againstAlpha('variance')),
  'bias-against-length.svg': () => chart('|y| in tokens', bias, againstLength('bias')),
  'bounded-weights.svg': () =>
    chart('log t of a response of 20 tokens', 'factor of the weight', againstRatio()),
  'variance-against-length.svg': () => chart('|y| in tokens', variance, againstLength('variance')),
};
