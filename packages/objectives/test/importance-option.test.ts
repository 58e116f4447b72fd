// The option `importance` of every objective that takes it: the weighted loss is the weight times the unweighted one.
// The weights are computed here, by their formula, in float64.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import * as contrib from '../src/contrib/index.js';
import * as index from '../src/index.js';
import {
  type FLoss,
  fixed,
  type ImportanceOptions,
  importanceWeights,
  inverseLength,
  inverseSqrtLength,
  type Objective,
  type Smoothing,
  type TokenPairBatch,
  tokenWeighted,
} from '../src/index.js';
import {
  lossGradient as columnsOfGradient,
  disposeBatch,
  outcomeOf,
  type Rows,
  toBatch,
} from '../src/testing/rows.js';
import { requireClose } from '../src/testing/subject.js';
import { docComments } from './docs/doc-comment.js';
import { type BoundedOptions, bounded } from './options.js';

const beta = 0.2;
const factories = { ...index, ...contrib } as unknown as Record<string, (options: object) => Objective>;

const documented = [...docComments('objectives'), ...docComments('contrib')];
const takes = (option: string): string[] =>
  documented.filter(({ options }) => options.some(({ name }) => name === option)).map(({ name }) => name);

/** Options beside β and `importance`, where an objective needs some or has forms: an objective without an entry has one form. */
const forms: Readonly<Record<string, readonly object[]>> = {
  directAlignment: docComments('losses')
    .filter(({ name }) => name in index)
    .map(({ name }) => ({ loss: (index as unknown as Record<string, () => FLoss>)[name]?.() })),
  fDivergenceDpo: [
    contrib.reverseKl(),
    contrib.forwardKl(),
    contrib.jensenShannon(),
    contrib.alphaDivergence(0.5),
  ].map((divergence) => ({ divergence })),
  ipo: [{}, { form: 'paper' }, { lengthNormalized: true }],
  alphaPo: [{ alpha: 0.25, gamma: 0.5 }],
  cpo: [{}, { sftWeight: 0 }],
  ldDpo: [{ alpha: 0.5 }],
  lengthRegularizedDpo: [{ alpha: 0.02 }],
  orpo: [{ lambda: 0.5 }],
  simpo: [{ gamma: 0.5 }],
  robustDpo: [{ labelSmoothing: 0.1 }],
  rpo: [{}, { average: 'response' }],
};

const weightable = takes('importance').flatMap((name) =>
  (forms[name] ?? [{}]).map((form) => {
    const make = (weighting?: ImportanceOptions & Partial<Case>): Objective<TokenPairBatch> => {
      const { alpha: _, ...importance } = weighting ?? {};
      const weighted = weighting && { importance };
      return factories[name]?.({ beta, ...form, ...weighted }) as Objective<TokenPairBatch>;
    };
    return [`${name} ${JSON.stringify(form)}`, make] as const;
  }),
);

const pairs = {
  policyChosen: [-12.5, -31.25, -7.125, -20, -18.75, -44.5],
  policyRejected: [-14.25, -28.5, -9, -22, -12.5, -47.25],
  referenceChosen: [-13, -30, -9.5, -20, -21.5, -41],
  referenceRejected: [-13.75, -29.25, -6.25, -20.5, -14.25, -46.75],
  chosenLength: [8, 21, 3, 16, 1, 30],
  rejectedLength: [10, 17, 5, 16, 12, 2],
  chosenCertainty: [-0.5, -1.25, 0.25, -0.125, 0.75, -2],
  rejectedCertainty: [-0.25, -0.75, 0.5, -1, -0.25, -1.5],
  chosenReward: [1, 0, -0.5, 2, 0.25, -1],
  rejectedReward: [0.5, 1, -1.5, 2, -0.75, 0],
};
type Columns = typeof pairs & { behaviorChosen?: number[]; behaviorRejected?: number[] };

const batches: Readonly<Record<string, Columns>> = {
  'under the reference': pairs,
  'with other lengths': { ...pairs, chosenLength: pairs.rejectedLength, rejectedLength: pairs.chosenLength },
  'under a behavior policy': {
    ...pairs,
    behaviorChosen: [-14, -31, -6.5, -21.25, -19, -43],
    behaviorRejected: [-13.5, -30, -8.25, -20, -13, -48.5],
  },
};

interface Case {
  readonly smoothing: Smoothing;
  /** The same function of the length, on numbers. */
  readonly alpha: (length: number) => number;
  readonly pool: 'response' | 'pair';
}
const inverse: Case = { pool: 'response', smoothing: inverseLength(), alpha: (length) => 1 / length };
const cases: readonly Case[] = [
  { pool: 'response', smoothing: fixed(1), alpha: () => 1 },
  inverse,
  { ...inverse, pool: 'pair' },
  { pool: 'pair', smoothing: inverseSqrtLength(), alpha: (length) => 1 / Math.sqrt(length) },
  {
    pool: 'response',
    smoothing: (length) => tf.div(1, tf.add(length, 3)),
    alpha: (length) => 1 / (length + 3),
  },
];

/** α of both responses and log w of each pair. */
function weighed(
  columns: Columns,
  { alpha, pool }: Case,
): { chosen: number[]; rejected: number[]; logs: number[] } {
  const { chosenLength, rejectedLength } = columns;
  const { behaviorChosen = columns.referenceChosen, behaviorRejected = columns.referenceRejected } = columns;
  const at = (list: readonly number[], row: number): number => list[row] as number;
  const rows = [...chosenLength.keys()];
  const total = rows.map((row) => at(chosenLength, row) + at(rejectedLength, row));
  const chosen = (pool === 'pair' ? total : chosenLength).map(alpha);
  const rejected = (pool === 'pair' ? total : rejectedLength).map(alpha);
  const logs = rows.map(
    (row) =>
      at(chosen, row) * (at(columns.policyChosen, row) - at(behaviorChosen, row)) +
      at(rejected, row) * (at(columns.policyRejected, row) - at(behaviorRejected, row)),
  );
  return { chosen, rejected, logs };
}

/** Every weight beside plain ratios, at values that apply to some of the pairs and not to others. */
const boundedWeights: Readonly<Record<string, BoundedOptions>> = {
  truncated: { smoothing: fixed(1), clip: { upper: 0.5 } },
  masked: { smoothing: fixed(1), mask: { lower: -2, upper: 3 } },
  'bounded per response': { smoothing: fixed(1), clipResponses: { lower: -1, upper: 1 } },
  'masked per response': { smoothing: fixed(1), clipResponses: { lower: -2, upper: 2, outside: 'mask' } },
  'bounded per token': { smoothing: fixed(1), clipTokens: { lower: -0.25, upper: 0.25 } },
  'masked per token': { clipTokens: { upper: 0.4, outside: 'mask' } },
  'filtered by the geometric mean': { smoothing: fixed(0), filter: { lower: -0.5, upper: 0.5 } },
  "VESPO's": { smoothing: fixed(0.5), vespo: {} },
  'all of it together': {
    smoothing: fixed(0.5),
    clipTokens: { upper: 0.3 },
    clipResponses: { lower: -2 },
    vespo: { chosen: { k: 1, lambda: 0.5 } },
    clip: { upper: 1 },
    filter: { lower: -1 },
  },
};

const times = (left: readonly number[], right: readonly number[]): number[] =>
  left.map((value, row) => value * (right[row] as number));
/** Any tokens with these lengths will do: weights measure sums. */
const tokensOf = (sums: readonly number[], lengths: readonly number[]): number[][] =>
  sums.map((sum, row) => Array.from({ length: lengths[row] as number }, (_, place) => sum / (place + 5)));
const rowsOf = (columns: Columns): Rows<TokenPairBatch> => ({
  ...columns,
  policyChosenTokens: tokensOf(columns.policyChosen, columns.chosenLength),
  policyRejectedTokens: tokensOf(columns.policyRejected, columns.rejectedLength),
  referenceChosenTokens: tokensOf(columns.referenceChosen, columns.chosenLength),
  referenceRejectedTokens: tokensOf(columns.referenceRejected, columns.rejectedLength),
});
const ones = pairs.policyChosen.map(() => 1);

/** The gradient of each field, tokens one after the other. */
async function lossGradient(
  ...given: Parameters<typeof columnsOfGradient<TokenPairBatch>>
): Promise<Record<string, readonly number[]>> {
  const columns = Object.entries(await columnsOfGradient(...given));
  return Object.fromEntries(columns.map(([field, column]) => [field, column.flat()]));
}

/** Within 2e-5 of each number: log w reaches 10 here, so that w has lost a digit in float32. */
function expectClose(what: string, actual: readonly number[], expected: readonly number[]): void {
  requireClose(what, actual, expected, 2e-5, 1e-6);
}

/** On native TensorFlow, where kernels of a few numbers take three times as long, each law is tried on fewer of the same. */
const tried = <Value>(all: readonly Value[], few: number): readonly Value[] =>
  process.env['AIS_BACKEND'] === 'native' ? all.slice(-few) : all;

describe.each(weightable)('the option importance of %s', (_, make) => {
  it.each(tried(Object.entries(batches), 1))(
    'multiplies each loss by its weight %s',
    async (_name, columns) => {
      const plain = await outcomeOf(make(), rowsOf(columns));
      for (const one of tried(cases, 3)) {
        const { logs } = weighed(columns, one);
        const weights = logs.map(Math.exp);
        const { losses, metrics } = await outcomeOf(make(one), rowsOf(columns));
        expectClose('the loss', losses, times(weights, plain.losses));
        expectClose('the weight', metrics['weights/mean'] ?? [], weights);
      }
    },
  );

  it('bounds the weights, and divides them by their mean or puts it in their place', async () => {
    const clip = { lower: -0.5, upper: 0.25 };
    const clipped = weighed(pairs, inverse).logs.map((log) =>
      Math.exp(Math.min(Math.max(log, clip.lower), clip.upper)),
    );
    const mean = clipped.reduce((sum, weight) => sum + weight, 0) / clipped.length;
    const plain = await outcomeOf(make(), rowsOf(pairs));
    const bounded = await outcomeOf(make({ ...inverse, clip, selfNormalized: true }), rowsOf(pairs));
    expectClose(
      'the loss',
      bounded.losses,
      times(
        plain.losses,
        clipped.map((weight) => weight / mean),
      ),
    );
    const control = make({ ...inverse, clip, meanWeightOnly: true });
    const scaled = (values: readonly number[]): number[] => values.map((value) => mean * value);
    expectClose('the loss', (await outcomeOf(control, rowsOf(pairs))).losses, scaled(plain.losses));
    const gradient = await lossGradient(make(), rowsOf(pairs), ones);
    for (const [field, values] of Object.entries(await lossGradient(control, rowsOf(pairs), ones))) {
      expectClose(`the gradient of ${field}`, values, scaled(gradient[field] ?? []));
    }
  });

  it('holds the weight constant, or differentiates through it', async () => {
    const columns = batches['under a behavior policy'] as Columns;
    const { losses } = await outcomeOf(make(), rowsOf(columns));
    const plain = await lossGradient(make(), rowsOf(columns), ones);
    for (const one of tried(cases, 2)) {
      const { chosen, rejected, logs } = weighed(columns, one);
      const weights = logs.map(Math.exp);
      const constant = await lossGradient(make(one), rowsOf(columns), ones);
      const through = await lossGradient(make({ ...one, differentiable: true }), rowsOf(columns), ones);
      for (const [field, alpha] of Object.entries({ policyChosen: chosen, policyRejected: rejected })) {
        const held = times(weights, plain[field] ?? []);
        expectClose(`the gradient of ${field}`, constant[field] ?? [], held);
        // ∂(w·ℓ)/∂log π = w·∂ℓ/∂log π + α·w·ℓ
        const ofWeight = times(times(alpha, weights), losses);
        expectClose(
          `the whole gradient of ${field}`,
          through[field] ?? [],
          held.map((value, row) => value + (ofWeight[row] as number)),
        );
      }
    }
  });

  it.each(tried(Object.entries(boundedWeights), 1))('has weights that are %s', async (_name, options) => {
    const importance = bounded(options);
    const batch = toBatch(rowsOf(pairs));
    const weights = [...importanceWeights(batch, importance).dataSync()];
    disposeBatch(batch);
    expect(new Set(weights).size).toBeGreaterThan(1);
    const plain = await outcomeOf(make(), rowsOf(pairs));
    const { losses } = await outcomeOf(make(importance), rowsOf(pairs));
    expectClose('the loss', losses, times(weights, plain.losses));
    const gradient = await lossGradient(make(), rowsOf(pairs), ones);
    const weighted = await lossGradient(make(importance), rowsOf(pairs), ones);
    for (const field of ['policyChosen', 'policyRejected']) {
      expectClose(`the gradient of ${field}`, weighted[field] ?? [], times(weights, gradient[field] ?? []));
    }
  });

  it('has weights of tokens', async () => {
    const objective = tokenWeighted(make(), {
      smoothing: fixed(1),
      clipTokens: { lower: -0.5, upper: 0.25 },
    });
    const plain = await outcomeOf(make(), rowsOf(pairs));
    requireClose('the loss', (await outcomeOf(objective, rowsOf(pairs))).losses, plain.losses, 0);
    const gradient = await lossGradient(make(), rowsOf(pairs), ones);
    const weighted = await lossGradient(objective, rowsOf(pairs), ones);
    const rows = rowsOf(pairs);
    for (const side of ['Chosen', 'Rejected'] as const) {
      const [policy, reference] = [`policy${side}Tokens`, `reference${side}Tokens`] as const;
      const [ofTokens, ofReference] = [rows[policy], rows[reference]] as [number[][], number[][]];
      let place = 0;
      const expected = ofTokens.flatMap((tokens, row) =>
        tokens.map((token, t) => {
          const log = token - ((ofReference[row] as number[])[t] as number);
          const own = gradient[policy]?.[place] ?? 0;
          place += 1;
          return (
            Math.exp(Math.min(Math.max(log, -0.5), 0.25)) * (own + (gradient[`policy${side}`]?.[row] ?? 0))
          );
        }),
      );
      expectClose(`the gradient of ${policy}`, weighted[policy] ?? [], expected);
      expectClose(
        `the gradient of policy${side}`,
        weighted[`policy${side}`] ?? [],
        ones.map(() => 0),
      );
    }
  });

  it('is the unweighted loss at α = 0, to the last bit', async () => {
    const rows = rowsOf(batches['under a behavior policy'] as Columns);
    const { losses } = await outcomeOf(make(), rows);
    const gradient = await lossGradient(make(), rows, ones);
    for (const options of [{}, { pool: 'pair' }, { meanWeightOnly: true }] as const) {
      const none = make({ smoothing: fixed(0), ...options });
      requireClose('the loss', (await outcomeOf(none, rows)).losses, losses, 0);
      for (const [field, values] of Object.entries(await lossGradient(none, rows, ones))) {
        requireClose(`the gradient of ${field}`, values, gradient[field] ?? [], 0);
      }
    }
  });
});

it('only objectives whose losses couple the rows of a batch, or have no pairs, go without the option', () => {
  const without = takes('beta').filter((name) => name in factories && !takes('importance').includes(name));
  expect(without.sort()).toEqual(['aot', 'aotUnpaired', 'cispo', 'gspo', 'kto', 'luspo', 'rloo']);
  for (const name of without) {
    const { wholeBatch, feedback } = factories[name]?.({ beta }).requires ?? {};
    expect(wholeBatch || feedback === 'unpaired', name).toBe(true);
  }
});
