import { useBackend } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packRows } from '../batch/packed-rows.js';
import type { PairTokens } from '../batch/sequences.js';
import { branchedRow } from '../batch/token-rows.js';
import { gpt2 } from '../families/gpt2/gpt2.js';
import type { CausalLanguageModel } from '../model/causal-language-model.js';
import { createModel } from '../model/create-model.js';

const VOCABULARY = 23;
const options = {
  vocabularySize: VOCABULARY,
  hiddenSize: 24,
  layerCount: 2,
  headCount: 4,
  initializerRange: 0.3,
  rotaryFraction: 0.67,
};
const variants = { parallel: true, sequential: false };
const models = Object.fromEntries(
  Object.entries(variants).map(([name, useParallelResidual]) => [
    name,
    createModel({ ...options, useParallelResidual }, { seed: 3 }),
  ]),
) as Record<keyof typeof variants, CausalLanguageModel>;
afterAll(() => {
  for (const model of Object.values(models)) model.dispose();
});

let tensors: number;
beforeEach(() => {
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensors);
});

const tokens = fc.array(fc.nat({ max: VOCABULARY - 1 }), { minLength: 1, maxLength: 9 });
const pairs = fc.array(fc.record({ prompt: tokens, chosen: tokens, rejected: tokens }), {
  minLength: 1,
  maxLength: 4,
});

function read(compute: () => tf.Tensor | readonly tf.Tensor[]): number[] {
  return tf.tidy(() =>
    [compute()].flat().flatMap((tensor) => [...(tensor as tf.Tensor).dataSync()]),
  ) as number[];
}

function gradients(model: CausalLanguageModel, loss: () => tf.Scalar): { value: number; gradient: number[] } {
  const { value, grads } = tf.variableGrads(loss, [...model.parameters.values()]);
  const result = {
    value: value.dataSync()[0]!,
    gradient: [...model.parameters.values()].flatMap(({ name }) => Array.from(grads[name]!.dataSync())),
  };
  tf.dispose([value, grads]);
  return result;
}

/** The loss of pairs as DPO has it, through two plain sequences a pair instead of one shared row. */
const unshared = (model: CausalLanguageModel, batch: readonly PairTokens[]): tf.Tensor1D[] =>
  (['chosen', 'rejected'] as const).map((side) =>
    model.sequenceLogProbs(
      batch.map(({ prompt, [side]: response }) => ({
        tokens: [...prompt, ...response],
        weights: [...prompt.map(() => 0), ...response.map(() => 1)],
      })),
    ),
  );
const shared = (model: CausalLanguageModel, batch: readonly PairTokens[]): tf.Tensor1D[] => {
  const { chosen, rejected } = model.responseLogProbs(batch);
  return [chosen, rejected];
};
const dpo =
  (compute: typeof shared, model: CausalLanguageModel, batch: readonly PairTokens[]) => (): tf.Scalar => {
    const [chosen, rejected] = compute(model, batch) as [tf.Tensor1D, tf.Tensor1D];
    return tf.mean(tf.softplus(tf.mul(tf.sub(chosen, rejected), -0.3))) as tf.Scalar;
  };

function expectClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const worst = actual.reduce((most, value, index) => Math.max(most, Math.abs(value - expected[index]!)), 0);
  expect(worst).toBeLessThanOrEqual(tolerance);
}

describe.each(Object.keys(variants) as (keyof typeof variants)[])('%s residual', (variant) => {
  const model = models[variant];

  it('gives a pair that shares its prompt what two separate sequences give', () => {
    fc.assert(
      fc.property(pairs, (batch) => {
        expectClose(
          read(() => shared(model, batch)),
          read(() => unshared(model, batch)),
          1e-4,
        );
        const [a, b] = [shared, unshared].map((compute) => gradients(model, dpo(compute, model, batch)));
        expectClose(a!.gradient, b!.gradient, 1e-3);
      }),
      { numRuns: 15 },
    );
  });

  it('gives every pair the same in any order and company', () => {
    fc.assert(
      fc.property(pairs, (batch) => {
        const together = read(() => shared(model, batch));
        const reversed = read(() => shared(model, [...batch].reverse()));
        const n = batch.length;
        batch.forEach((pair, index) => {
          const alone = read(() => shared(model, [pair]));
          expectClose([together[index]!, together[n + index]!], alone, 1e-4);
          expectClose([reversed[n - 1 - index]!, reversed[2 * n - 1 - index]!], alone, 1e-4);
        });
      }),
      { numRuns: 15 },
    );
  });

  it('gives each token what its own logits do, response after response, and the same sums with or without', () => {
    fc.assert(
      fc.property(pairs, (batch) => {
        const { chosen, rejected, chosenTokens, rejectedTokens } = model.responseLogProbs(batch, {
          tokens: true,
        });
        expect(read(() => [chosen, rejected])).toEqual(read(() => shared(model, batch)));
        for (const [side, values] of Object.entries({ chosen: chosenTokens, rejected: rejectedTokens })) {
          const responses = batch.map((pair) => ({
            prompt: pair.prompt,
            response: pair[side as 'chosen' | 'rejected'],
          }));
          const picked = responses.flatMap(({ response }) => response);
          const expected = tf.tidy(() => {
            const logProbs = tf.logSoftmax(model.responseLogits(responses)).bufferSync();
            return picked.map((token, row) => logProbs.get(row, token));
          });
          const found = read(() => values);
          expectClose(found, expected, 1e-4);
          expectClose(
            read(() => model.tokenLogProbs(responses)),
            found,
            1e-4,
          );
        }
        tf.dispose([chosen, rejected, chosenTokens, rejectedTokens]);
      }),
      { numRuns: 15 },
    );
  });

  it("sends each token's gradient where weighted sums send it", () => {
    const cotangent = (length: number, phase: number): number[] =>
      Array.from({ length }, (_, index) => Math.sin(index + phase));
    fc.assert(
      fc.property(pairs, (batch) => {
        const sides = ['chosen', 'rejected'] as const;
        const sequences = sides.flatMap((side, phase) => {
          const factors = cotangent(batch.flatMap((pair) => pair[side]).length, phase);
          return batch.map(({ prompt, [side]: response }) => ({
            tokens: [...prompt, ...response],
            weights: [...prompt.map(() => 0), ...factors.splice(0, response.length)],
          }));
        });
        const summed = gradients(model, () => tf.sum(model.sequenceLogProbs(sequences)) as tf.Scalar);
        const ofPairs = gradients(model, () => {
          const { chosenTokens, rejectedTokens } = model.responseLogProbs(batch, { tokens: true });
          const terms = [chosenTokens, rejectedTokens].map((values, phase) =>
            tf.sum(tf.mul(values, tf.tensor1d(cotangent(values.size, phase)))),
          );
          return tf.addN(terms) as tf.Scalar;
        });
        const ofSequences = gradients(model, () => {
          const terms = sides.map((side, phase) => {
            const values = model.tokenLogProbs(
              batch.map(({ prompt, [side]: response }) => ({ prompt, response })),
            );
            return tf.sum(tf.mul(values, tf.tensor1d(cotangent(values.size, phase))));
          });
          return tf.addN(terms) as tf.Scalar;
        });
        for (const { value, gradient } of [ofPairs, ofSequences]) {
          expectClose([value], [summed.value], 1e-3);
          expectClose(gradient, summed.gradient, 1e-3);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('gives a loss of tokens and sums the gradient of finite differences', () => {
    const batch = [
      { prompt: [3, 1, 4], chosen: [1, 5, 9], rejected: [2, 6] },
      { prompt: [5], chosen: [3], rejected: [5, 8, 9, 7] },
    ];
    const loss = (): tf.Scalar =>
      tf.tidy(() => {
        const { chosen, chosenTokens, rejectedTokens } = model.responseLogProbs(batch, { tokens: true });
        return tf.addN([
          tf.sum(tf.square(chosenTokens)),
          tf.mul(0.3, tf.sum(tf.sin(rejectedTokens))),
          tf.mul(0.1, tf.sum(tf.square(chosen))),
        ]) as tf.Scalar;
      });
    const { grads, value } = tf.variableGrads(loss, [...model.parameters.values()]);
    for (const [name, variable] of model.parameters) {
      const direction = tf.randomNormal(variable.shape, 0, 1, 'float32', 7);
      const step = 2e-3 / Math.sqrt(variable.size);
      const at = (by: number): number =>
        read(() => {
          const before = variable.clone();
          variable.assign(tf.add(variable, tf.mul(direction, by)));
          const moved = loss();
          variable.assign(before);
          return moved;
        })[0]!;
      const numeric = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
      const [analytic] = read(() => tf.sum(tf.mul(direction, grads[variable.name]!)));
      expect(Math.abs(analytic! - numeric), name).toBeLessThan(0.02 * Math.abs(analytic!) + 0.5);
      direction.dispose();
    }
    tf.dispose([value, grads]);
  });

  it('sums the log-softmax of its own logits, with weights', () => {
    const weighted = fc
      .array(fc.tuple(fc.nat({ max: VOCABULARY - 1 }), fc.double({ min: -2, max: 2, noNaN: true })), {
        minLength: 1,
        maxLength: 12,
      })
      .map((entries) => ({
        tokens: entries.map(([token]) => token),
        weights: entries.map(([, weight], index) => (index === 0 ? 0 : weight)),
      }));
    fc.assert(
      fc.property(fc.array(weighted, { minLength: 1, maxLength: 4 }), (batch) => {
        const expected = batch.map(({ tokens, weights }) =>
          tf.tidy(() => {
            const logProbs = tf.logSoftmax(model.logits([tokens])).dataSync();
            return weights.reduce(
              (sum, weight, t) => sum + (t ? weight * logProbs[(t - 1) * VOCABULARY + tokens[t]!]! : 0),
              0,
            );
          }),
        ) as number[];
        expectClose(
          read(() => model.sequenceLogProbs(batch)),
          expected,
          1e-4,
        );
      }),
      { numRuns: 25 },
    );
  });

  it('has the gradient that finite differences have', () => {
    const batch = [
      { prompt: [4, 5, 6], chosen: [7, 8, 0], rejected: [9, 0] },
      { prompt: [1], chosen: [2, 0], rejected: [3, 3, 3, 0] },
    ];
    const loss = dpo(shared, model, batch);
    const { grads, value } = tf.variableGrads(loss, [...model.parameters.values()]);
    value.dispose();
    // Along each parameter's own gradient, (L(w + hg) − L(w − hg)) / 2h = |g|² up to h² and to float32's noise.
    for (const variable of model.parameters.values()) {
      const gradient = grads[variable.name]!;
      const original = variable.clone();
      const squared = tf.tidy(() => tf.sum(tf.square(gradient)).dataSync()[0]!);
      const step = 1e-2 / Math.sqrt(squared);
      const at = (direction: number): number => {
        tf.tidy(() => variable.assign(tf.add(original, tf.mul(gradient, direction * step))));
        return tf.tidy(() => loss().dataSync()[0]!);
      };
      const slope = (at(1) - at(-1)) / (2 * step);
      variable.assign(original);
      original.dispose();
      expect(Math.abs(slope - squared)).toBeLessThan(0.02 * squared + 1e-4 * Math.sqrt(squared));
    }
    tf.dispose(grads);
  });

  it('measures certainty, without a gradient through it', () => {
    const batch = [
      { prompt: [4, 5, 6], chosen: [7, 8, 0], rejected: [9, 0] },
      { prompt: [1], chosen: [2, 0], rejected: [3, 3, 3, 0] },
    ];
    const certainty = (prompt: number[], response: number[]): number =>
      tf.tidy(() => {
        const all = [...prompt, ...response];
        const logProbs = tf.logSoftmax(model.logits([all])).dataSync<'float32'>();
        const terms = response.map((token, place) => {
          const start = (prompt.length - 1 + place) * VOCABULARY;
          const row = logProbs.subarray(start, start + VOCABULARY);
          return row[token]! - Math.log(row.reduce((sum, value) => sum + Math.exp(2 * value), 0));
        });
        return terms.reduce((sum, term) => sum + term, 0) / terms.length;
      }) as unknown as number;
    const result = read(() => {
      const { chosenCertainty, rejectedCertainty } = model.responseLogProbs(batch, { certainty: true });
      return [chosenCertainty, rejectedCertainty];
    });
    const expected = [
      ...batch.map(({ prompt, chosen }) => certainty(prompt, chosen)),
      ...batch.map(({ prompt, rejected }) => certainty(prompt, rejected)),
    ];
    expectClose(result, expected, 1e-4);
    const { gradient } = gradients(model, () =>
      tf.sum(model.responseLogProbs(batch, { certainty: true }).chosenCertainty),
    );
    expect(gradient.every((value) => value === 0)).toBe(true);
  });

  it('measures a reference on the same responses, without a gradient through it', () => {
    const batch = [
      { prompt: [4, 5, 6], chosen: [7, 8, 0], rejected: [9, 0] },
      { prompt: [1], chosen: [2, 0], rejected: [3, 3, 3, 0] },
    ];
    const reference = createModel({ ...options, layerCount: 1 }, { seed: 11 });
    const names = ['referenceChosen', 'referenceRejected', 'chosenKl', 'rejectedKl'] as const;
    const result = read(() => {
      const found = model.responseLogProbs(batch, { reference });
      return names.map((name) => found[name]);
    });
    const divergence = (prompt: number[], response: number[]): number =>
      tf.tidy(() => {
        const sequences = [{ prompt, response }];
        const [p, q] = [model, reference].map((one) => tf.logSoftmax(one.responseLogits(sequences)));
        return tf.sum(tf.mul(tf.exp(p!), tf.sub(p!, q!))).dataSync()[0]!;
      }) as unknown as number;
    const expected = [
      ...read(() => shared(reference, batch)),
      ...batch.map(({ prompt, chosen }) => divergence(prompt, chosen)),
      ...batch.map(({ prompt, rejected }) => divergence(prompt, rejected)),
    ];
    expectClose(result, expected, 1e-4);
    const itself = read(() => model.responseLogProbs(batch, { reference: model, certainty: true }).chosenKl);
    expectClose(itself, [0, 0], 1e-5);
    const { gradient } = gradients(model, () =>
      tf.sum(model.responseLogProbs(batch, { reference }).chosenKl),
    );
    expect(gradient.every((value) => value === 0)).toBe(true);
    reference.dispose();
  });

  it('gives the logits that predict each response token', () => {
    const sequences = [
      { prompt: [4, 5, 6], response: [7, 8, 0] },
      { prompt: [1], response: [2, 0] },
    ];
    const logits = read(() => model.responseLogits(sequences));
    const expected = sequences.flatMap(({ prompt, response }) =>
      read(() => model.logits([[...prompt, ...response]])).slice(
        (prompt.length - 1) * VOCABULARY,
        (prompt.length - 1 + response.length) * VOCABULARY,
      ),
    );
    expectClose(logits, expected, 1e-4);

    const before = tf.memory().numTensors;
    const rows = model.responseLogitRows(sequences);
    expect(rows.shape).toEqual([5, VOCABULARY]);
    const parts = [0, 2, 4].map((start) => read(() => rows.slice(start, Math.min(2, 5 - start))));
    rows.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expectClose(parts.flat(), logits, 1e-6);
    expect(tf.tidy(() => model.responseLogits([]).shape)).toEqual([0, VOCABULARY]);
  });
});

describe('rows of logits', () => {
  it('are refused beyond the last, and after they or the model are disposed of', () => {
    const before = tf.memory().numTensors;
    const model = createModel(
      { vocabularySize: VOCABULARY, hiddenSize: 8, layerCount: 1, headCount: 1 },
      { seed: 1 },
    );
    const ask = () => model.responseLogitRows([{ prompt: [1], response: [2, 3] }]);
    const [rows, others] = [ask(), ask()];
    for (const [start, size] of [
      [1, 5],
      [3, 0],
      [0, 3],
      [-1, 2],
      [0, -1],
      [0.5, 1],
      [0, Number.NaN],
    ] as const) {
      expect(() => rows.slice(start, size)).toThrow(
        expect.objectContaining({
          code: 'invalid-option',
          message: expect.stringContaining(`slice(${start}, ${size}) of logits: there are 2 rows`),
        }),
      );
    }
    expect(read(() => rows.slice(2, 0))).toEqual([]);
    const disposed = expect.objectContaining({ name: 'LanguageModelError', code: 'disposed' });
    rows.dispose();
    expect(() => rows.slice(0, 1)).toThrow(disposed);
    model.dispose();
    expect(() => others.slice(0, 1)).toThrow(disposed);
    others.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('log-probabilities', () => {
  it('are refused for rows that a reference has no positions for', () => {
    const small = { vocabularySize: VOCABULARY, hiddenSize: 8, layerCount: 1, headCount: 1 };
    const [policy, reference] = [64, 8].map((maxPositions) =>
      createModel({ ...small, maxPositions }, { seed: 1, architecture: gpt2 }),
    ) as [CausalLanguageModel, CausalLanguageModel];
    const of = (length: number): PairTokens => ({
      prompt: Array.from({ length }, () => 1),
      chosen: [2, 3],
      rejected: [4],
    });
    tf.dispose({ ...policy.responseLogProbs([of(7)], { reference }) });
    expect(() => policy.responseLogProbs([of(7), of(8)], { reference })).toThrow(
      expect.objectContaining({
        code: 'invalid-tokens',
        message: expect.stringContaining('sequence 1 is 9 tokens long, but the reference has 8 positions'),
      }),
    );
    for (const model of [policy, reference]) model.dispose();
  });

  it('agree between back ends, values and gradients', async () => {
    const before = tf.getBackend();
    const batch = [
      { prompt: [4, 5, 6, 7, 8], chosen: [7, 8, 0], rejected: [9, 0] },
      { prompt: [1], chosen: [2, 0], rejected: [3, 3, 3, 0] },
    ];
    const compute = (): { values: number[]; gradient: number[]; value: number } => {
      const model = createModel({ ...options, hiddenSize: 20, rotaryFraction: 0.4 }, { seed: 4 });
      const values = read(() => shared(model, batch));
      const result = { values, ...gradients(model, dpo(shared, model, batch)) };
      model.dispose();
      return result;
    };
    const here = compute();
    await useBackend('cpu');
    const there = compute();
    await tf.setBackend(before);
    expectClose(here.values, there.values, 1e-4);
    expectClose(here.gradient, there.gradient, 1e-4);
  });

  it('stay right where rows of very different lengths are packed', () => {
    const model = createModel({ ...options, hiddenSize: 128, rotaryFraction: 0.5 }, { seed: 8 });
    const response = (length: number, step: number): number[] =>
      Array.from({ length }, (_, index) => (index * step) % VOCABULARY);
    const batch = [4, 300, 5].map((length) => ({
      prompt: response(length, 5),
      chosen: response(3 * length, 7),
      rejected: response(length, 3),
    }));
    const rows = batch.map(({ prompt, chosen, rejected }) => branchedRow(prompt, chosen, rejected));
    expect(packRows(rows, model.configuration).rectangles.length).toBeGreaterThan(1);
    const sum = (some: typeof batch) => (): tf.Scalar =>
      tf.addN(shared(model, some).map((part) => tf.sum(part))) as tf.Scalar;
    const together = gradients(model, sum(batch));
    const apart = batch.map((pair) => gradients(model, sum([pair])));
    expectClose([together.value], [apart.reduce((total, { value }) => total + value, 0)], 1e-2);
    const total = together.gradient.map((_, index) =>
      apart.reduce((s, { gradient }) => s + gradient[index]!, 0),
    );
    const largest = total.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expectClose(together.gradient, total, 1e-5 * largest);
    model.dispose();
  });

  it('stay right when the vocabulary is too large for one slice', () => {
    const vocabularySize = 70_001;
    const model = createModel(
      { ...options, vocabularySize, hiddenSize: 8, headCount: 2, layerCount: 1 },
      { seed: 5 },
    );
    const row = (length: number): { tokens: number[]; weights: number[] } => ({
      tokens: Array.from({ length }, (_, index) => (index * 7919) % vocabularySize),
      weights: Array.from({ length }, (_, index) => (index ? 1 : 0)),
    });
    const reference = createModel(
      { ...options, vocabularySize, hiddenSize: 4, headCount: 1, layerCount: 1, rotaryFraction: 1 },
      { seed: 6 },
    );
    const pair = { prompt: [1, 2], chosen: [...row(150).tokens, vocabularySize - 1], rejected: [4] };
    const found = read(() => {
      const both = model.responseLogProbs([pair], { reference, certainty: true });
      return [both.referenceChosen, both.chosenKl, both.chosenCertainty];
    });
    expectClose(
      found,
      tf.tidy(() => {
        const sequences = [{ prompt: pair.prompt, response: pair.chosen }];
        const [p, q] = [model, reference].map((one) => tf.logSoftmax(one.responseLogits(sequences)));
        const at = (logProbs: tf.Tensor): number => {
          const values = logProbs.bufferSync();
          return pair.chosen.reduce((sum, token, t) => sum + values.get(t, token), 0);
        };
        const collisions = tf.sum(tf.log(tf.sum(tf.square(tf.exp(p!)), 1))).dataSync()[0]!;
        const divergence = tf.sum(tf.mul(tf.exp(p!), tf.sub(p!, q!))).dataSync()[0]!;
        return [at(q!), divergence, (at(p!) - collisions) / pair.chosen.length];
      }) as unknown as number[],
      1e-2,
    );
    reference.dispose();
    const [long, parts] = [row(150), row(60)];
    const loss = (batch: (typeof long)[]) => (): tf.Scalar =>
      tf.sum(model.sequenceLogProbs(batch)) as tf.Scalar;
    const [whole, apart] = [
      gradients(model, loss([long, parts])),
      [long, parts].map((one) => gradients(model, loss([one]))),
    ];
    expect(Math.abs(whole.value - apart[0]!.value - apart[1]!.value)).toBeLessThan(1e-2);
    let worst = 0;
    whole.gradient.forEach((value, index) => {
      worst = Math.max(worst, Math.abs(value - apart[0]!.gradient[index]! - apart[1]!.gradient[index]!));
    });
    expect(worst).toBeLessThan(1e-3);
    model.dispose();
  });

  it('stay finite where logits are huge', () => {
    const model = createModel({ ...options, initializerRange: 30 }, { seed: 6 });
    const { value, gradient } = gradients(
      model,
      () => tf.sum(model.sequenceLogProbs([{ tokens: [1, 2, 3], weights: [0, 1, 1] }])) as tf.Scalar,
    );
    expect(value).toBeLessThan(-1);
    expect([value, ...gradient].every(Number.isFinite)).toBe(true);
    model.dispose();
  });

  it('are sums over nothing where no token has a weight', () => {
    const { value, gradient } = gradients(
      models.parallel,
      () => tf.sum(models.parallel.sequenceLogProbs([{ tokens: [1, 2], weights: [0, 0] }])) as tf.Scalar,
    );
    expect(value).toBe(0);
    expect(gradient.every((entry) => entry === 0)).toBe(true);
  });

  it.each<[string, () => unknown, RegExp, string?]>([
    ['a token too large', () => models.parallel.logits([[VOCABULARY]]), /23 is not a token/],
    [
      'a target too large',
      () => models.parallel.sequenceLogProbs([{ tokens: [1, 99], weights: [0, 1] }]),
      /99 is not a token/,
    ],
    ['a fraction', () => models.parallel.logits([[0.5]]), /0.5 is not a token/],
    ['rows of unequal length', () => models.parallel.logits([[1], [1, 2]]), /one length/],
    ['an empty sequence', () => models.parallel.logits([[]]), /empty/],
    [
      'a weight on the first token',
      () => models.parallel.sequenceLogProbs([{ tokens: [1], weights: [1] }]),
      /first token/,
    ],
    [
      'a weight too few',
      () => models.parallel.sequenceLogProbs([{ tokens: [1, 2], weights: [0] }]),
      /2 tokens and 1 weights/,
    ],
    [
      'a weight that is none',
      () => models.parallel.sequenceLogProbs([{ tokens: [1, 2], weights: [0, Number.NaN] }]),
      /finite/,
    ],
    [
      'an empty prompt',
      () => models.parallel.responseLogProbs([{ prompt: [], chosen: [1], rejected: [1] }]),
      /empty prompt/,
    ],
    [
      'an empty response',
      () => models.parallel.responseLogits([{ prompt: [1], response: [] }]),
      /empty response/,
    ],
    [
      'an empty response among tokens',
      () => models.parallel.tokenLogProbs([{ prompt: [1], response: [] }]),
      /empty response/,
    ],
    [
      'a reference with another vocabulary',
      () => {
        const reference = createModel({ ...options, vocabularySize: 24 }, { seed: 1 });
        try {
          models.parallel.responseLogProbs([{ prompt: [1], chosen: [1], rejected: [1] }], { reference });
        } finally {
          reference.dispose();
        }
      },
      /vocabulary of 24; it must be the model's, of 23/,
      'invalid-option',
    ],
    [
      'too long a sequence',
      () => models.parallel.logits([Array.from({ length: 2049 }, () => 1)]),
      /2048 positions/,
    ],
  ])('refuse %s', (_, call, message, code = 'invalid-tokens') => {
    expect(call).toThrow(message);
    expect(call).toThrow(expect.objectContaining({ name: 'LanguageModelError', code }));
  });
});
