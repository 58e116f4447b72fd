import * as tf from '@tensorflow/tfjs-core';
import type { FDivergence } from '../../src/contrib/index.js';
import {
  type FLoss,
  type Objective,
  type RewardedPairBatch,
  type SampleBatch,
  type ScoreBatch,
  type TokenPairBatch,
  takeByRow,
  type UnpairedBatch,
} from '../../src/index.js';
import { applyLoss } from '../../src/losses/f-loss.js';
import { lineChart, type Panel } from './line-chart.js';

/** What a factory makes, with the text of the call that made it. */
export interface Subject {
  readonly call: string;
  readonly value: unknown;
}

interface Curve {
  readonly xTitle: string;
  readonly name: string;
  readonly points: readonly { x: number; value: number; slope: number }[];
}

/** The function and its derivative as an SVG picture. */
export async function picture({ call, value }: Subject): Promise<string> {
  tf.engine().startScope();
  const { xTitle, name, points } = curveOf(call, value);
  tf.engine().endScope();
  const panel = (yTitle: string, height: number, y: (point: Curve['points'][number]) => number): Panel => ({
    yTitle,
    height,
    lines: [{ name: yTitle, points: points.map((point) => ({ x: point.x, y: y(point) })) }],
  });
  return lineChart({
    title: call,
    xTitle,
    panels: [panel(name, 160, ({ value: y }) => y), panel('derivative', 90, ({ slope }) => slope)],
  });
}

function curveOf(call: string, value: unknown): Curve {
  if (isLoss(value)) return pointwise('margin z = βρ', 'f(z)', (z) => applyLoss(value, z), grid(4));
  if (isDivergence(value)) return pointwise('log-ratio r', 'score(r)', (r) => value.score(r), grid(4));
  return objectiveCurve(call, value as Objective<never>);
}

function objectiveCurve(call: string, objective: Objective<never>): Curve {
  const beta = Number(/beta: ([\d.]+)/.exec(call)?.[1] ?? 1);
  if (objective.requires.feedback === 'samples')
    return sampleCurve(objective as unknown as Objective<SampleBatch>);
  if (objective.requires.feedback === 'unpaired')
    return labeledCurve(objective as unknown as Objective<UnpairedBatch>, beta);
  if (objective.name === 'reward-model') return scoreCurve(objective as unknown as Objective<ScoreBatch>);
  const pairs = objective as unknown as Objective<RewardedPairBatch & TokenPairBatch>;
  const losses = (rho: tf.Tensor1D): tf.Tensor1D => {
    const batch = pairsWithMargin(rho);
    return pairs.evaluate({ ...batch, ...evenTokens(batch) }).losses;
  };
  const { reference } = objective.requires;
  const reach = reference ? Math.min(40, 4 / beta) : 40;
  const byRow = (rho: tf.Tensor1D): tf.Tensor1D =>
    tf.concat(tf.split(rho, rho.size).map((row) => losses(row as tf.Tensor1D)));
  const title = reference
    ? 'ρ in nats, half of it from each response'
    : 'log π(y_w) − log π(y_l) in nats, 20 tokens each';
  return objective.requires.wholeBatch
    ? pointwise(title, 'loss', byRow, grid(reach, 40))
    : pointwise(title, 'loss', losses, grid(reach));
}

/** The same log-probability for each token of a response. */
function evenTokens({ policyChosen, policyRejected, referenceChosen, referenceRejected }: RewardedPairBatch) {
  const rows = policyChosen.size;
  const tokenRow = tf.reshape<tf.Rank.R1>(
    tf.tile(tf.reshape(tf.range(0, rows, 1, 'int32'), [rows, 1]), [1, 20]),
    [20 * rows],
  );
  const even = (sums: tf.Tensor1D): tf.Tensor1D => takeByRow(tf.div(sums, 20), tokenRow);
  return {
    policyChosenTokens: even(policyChosen),
    policyRejectedTokens: even(policyRejected),
    referenceChosenTokens: even(referenceChosen),
    referenceRejectedTokens: even(referenceRejected),
    chosenTokenRow: tokenRow,
    rejectedTokenRow: tokenRow,
  };
}

/** Pairs of 20 tokens each with log-ratios ρ/2 and −ρ/2, and rewards ¼ and −¼. */
function pairsWithMargin(rho: tf.Tensor1D): RewardedPairBatch {
  const rows = rho.size;
  const reference = tf.fill<tf.Rank.R1>([rows], -60);
  const length = tf.fill<tf.Rank.R1>([rows], 20);
  const certainty = tf.fill<tf.Rank.R1>([rows], -0.5);
  return {
    policyChosen: tf.add(reference, tf.mul(0.5, rho)),
    policyRejected: tf.sub(reference, tf.mul(0.5, rho)),
    referenceChosen: reference,
    referenceRejected: reference,
    chosenLength: length,
    rejectedLength: length,
    chosenCertainty: certainty,
    rejectedCertainty: certainty,
    chosenReward: tf.fill<tf.Rank.R1>([rows], 0.25),
    rejectedReward: tf.fill<tf.Rank.R1>([rows], -0.25),
  };
}

function scoreCurve(objective: Objective<ScoreBatch>): Curve {
  return pointwise(
    'r(y_w) − r(y_l), half of it from each response',
    'loss',
    (difference) =>
      objective.evaluate({ chosenScore: tf.mul(0.5, difference), rejectedScore: tf.mul(-0.5, difference) })
        .losses,
    grid(4),
  );
}

/** A desirable response as its log-ratio moves; z is 0. */
function labeledCurve(objective: Objective<UnpairedBatch>, beta: number): Curve {
  const losses = (ratios: tf.Tensor1D): tf.Tensor1D => {
    const reference = tf.fill<tf.Rank.R1>([ratios.size], -60);
    return objective.evaluate({
      policy: tf.add(reference, ratios),
      reference,
      length: tf.fill([ratios.size], 20),
      label: tf.ones([ratios.size]),
      divergence: tf.zeros([ratios.size]),
    }).losses;
  };
  return pointwise('r of a desirable response, in nats, z = 0', 'loss', losses, grid(Math.min(60, 6 / beta)));
}

/** The first of two samples of a prompt, whose reward is larger by 1, as its log-probability moves. */
function sampleCurve(objective: Objective<SampleBatch>): Curve {
  const losses = (logs: tf.Tensor1D): tf.Tensor1D => {
    const rows = logs.size;
    const other = tf.fill<tf.Rank.R1>([rows], -10);
    const both = (first: tf.Tensor1D, second: tf.Tensor1D): tf.Tensor1D => tf.concat([first, second]);
    const policy = both(logs, other);
    const tokenRow = tf.reshape<tf.Rank.R1>(
      tf.tile(tf.reshape(tf.range(0, 2 * rows, 1, 'int32'), [2 * rows, 1]), [1, 20]),
      [40 * rows],
    );
    const batch = {
      policy,
      behavior: both(other, other),
      policyTokens: takeByRow(tf.div(policy, 20), tokenRow),
      behaviorTokens: takeByRow(tf.div(both(other, other), 20), tokenRow),
      tokenRow,
      reference: both(other, other),
      rewards: both(tf.ones([rows]), tf.zeros([rows])),
      length: both(tf.fill([rows], 20), tf.fill([rows], 20)),
      group: both(tf.range(0, rows), tf.range(0, rows)),
    };
    return tf.slice(objective.evaluate(batch).losses, [0], [rows]);
  };
  const range = grid(10).map((x) => x - 10);
  return pointwise('log π(y), 20 tokens, in nats', 'loss', losses, range);
}

function pointwise(
  xTitle: string,
  name: string,
  compute: (x: tf.Tensor1D) => tf.Tensor1D,
  xs: readonly number[],
): Curve {
  const x = tf.tensor1d([...xs]);
  const values = [...compute(x).dataSync()];
  const slopes = [
    ...tf
      .grad((given: tf.Tensor) => tf.sum(compute(given as tf.Tensor1D)))(x)
      .dataSync(),
  ];
  return {
    xTitle,
    name,
    points: xs.map((at, index) => ({
      x: at,
      value: values[index] as number,
      slope: slopes[index] as number,
    })),
  };
}

function grid(reach: number, steps = 160): number[] {
  return Array.from({ length: steps + 1 }, (_, index) => (2 * index * reach) / steps - reach);
}

function isLoss(value: unknown): value is FLoss {
  return typeof value === 'object' && value !== null && 'convex' in value;
}

function isDivergence(value: unknown): value is FDivergence {
  return typeof value === 'object' && value !== null && 'score' in value;
}
