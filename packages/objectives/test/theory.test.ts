// What theory promises of direct alignment with importance weights, each law by exact enumeration over small response
// spaces. "The paper" is the one this package implements, "Mitigating Reward Over-optimization in Direct Alignment
// Algorithms with Adaptive Importance Sampling"; t(y) = π_θ(y)/π_ref(y).
//
// Laws 1 to 7 are here. Law 8 is of every objective (gradients equal finite differences, rows may be permuted, further rows
// such as padding change nothing, no gradient reaches the reference): src/testing/checks, one law a file, which
// every-objective.test.ts holds each member of the package to.
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  alphaPo,
  chosenSft,
  cpo,
  directAlignment,
  dpo,
  exponential,
  type FLoss,
  fixed,
  hinge,
  hyPo,
  type ImportanceOptions,
  importanceWeighted,
  importanceWeights,
  inverseLength,
  ipo,
  logistic,
  type Objective,
  orpo,
  type PairBatch,
  pairwisePolicyGradient,
  type Smoothing,
  savage,
  simpo,
  squared,
  truncatedQuadratic,
  weightedSum,
} from '../src/index.js';
import {
  allPairs,
  alphas,
  betas,
  enumerate,
  expectedLoss,
  gradientOf,
  klGradient,
  mean,
  type Policies,
  pairProbabilities,
  policies,
  probabilities,
  sum,
  variance,
} from './finite-space.js';

const runs = { numRuns: 25 };

/** w of every pair of the space. */
function pairWeights(space: Policies, smoothing: Smoothing): number[] {
  return tf.tidy(() => [...importanceWeights(enumerate(space), { smoothing }).dataSync()]);
}

/** t(y)^α of every response: w of pairs whose other response is as likely under both policies. */
function responseWeights({ reference, policy }: Policies, alpha: number): number[] {
  return singleWeights(
    probabilities(policy).map(Math.log),
    probabilities(reference).map(Math.log),
    fixed(alpha),
    1,
  );
}

function singleWeights(
  policy: number[],
  reference: number[],
  smoothing: Smoothing,
  length: number,
): number[] {
  return tf.tidy(() => {
    const zeros: tf.Tensor1D = tf.zeros([policy.length]);
    const batch: PairBatch = {
      policyChosen: tf.tensor1d(policy),
      policyRejected: zeros,
      referenceChosen: tf.tensor1d(reference),
      referenceRejected: zeros,
      chosenLength: tf.fill([policy.length], length),
      rejectedLength: tf.fill([policy.length], length),
    };
    return [...importanceWeights(batch, { smoothing }).dataSync()];
  });
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-4): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  for (const [index, value] of actual.entries()) {
    expect(Math.abs(value - (expected[index] as number)) / scale).toBeLessThan(tolerance);
  }
}

describe('law 1, bias (appendix A, first display)', () => {
  it('E_ref[t^α] ≤ 1', () => {
    fc.assert(
      fc.property(policies, alphas, (space, alpha) => {
        expect(mean(probabilities(space.reference), responseWeights(space, alpha))).toBeLessThanOrEqual(
          1 + 1e-5,
        );
      }),
      runs,
    );
  });

  it('with equality at α = 0 and α = 1', () => {
    fc.assert(
      fc.property(policies, fc.constantFrom(0, 1), (space, alpha) => {
        expect(mean(probabilities(space.reference), responseWeights(space, alpha))).toBeCloseTo(1, 4);
      }),
      runs,
    );
  });

  it('is strict in between unless the policies are equal', () => {
    const space = { reference: [0, 0], policy: [0, 2] };
    expect(mean(probabilities(space.reference), responseWeights(space, 0.5))).toBeLessThan(0.94);
  });

  it('for independent pairs E[(t_w·t_l)^α] = E[t^α]² ≤ 1', () => {
    fc.assert(
      fc.property(policies, alphas, (space, alpha) => {
        const reference = probabilities(space.reference);
        const ofPairs = mean(pairProbabilities(reference), pairWeights(space, fixed(alpha)));
        expectClose([ofPairs], [mean(reference, responseWeights(space, alpha)) ** 2]);
        expect(ofPairs).toBeLessThanOrEqual(1 + 1e-5);
      }),
      runs,
    );
  });
});

describe('law 2, variance (appendix A, second display)', () => {
  it('Var_ref[t^α] ≤ E_ref[(t^α − 1)²] ≤ E_ref[(t − 1)²] = χ²(π_θ‖π_ref)', () => {
    fc.assert(
      fc.property(policies, alphas, (space, alpha) => {
        const reference = probabilities(space.reference);
        const policy = probabilities(space.policy);
        const weights = responseWeights(space, alpha);
        const deviation = (values: number[]): number =>
          mean(
            reference,
            values.map((value) => (value - 1) ** 2),
          );
        const chiSquared = sum(policy.map((p, y) => p ** 2 / (reference[y] as number))) - 1;
        const slack = 1e-5 * (1 + chiSquared);
        expect(variance(reference, weights)).toBeLessThanOrEqual(deviation(weights) + slack);
        expect(deviation(weights)).toBeLessThanOrEqual(chiSquared + slack);
        expect(deviation(policy.map((p, y) => p / (reference[y] as number)))).toBeCloseTo(chiSquared, 6);
      }),
      runs,
    );
  });

  it('is tight at α = 1', () => {
    const space = { reference: [0, 1, -1], policy: [1, -1, 0] };
    const reference = probabilities(space.reference);
    const chiSquared = sum(probabilities(space.policy).map((p, y) => p ** 2 / (reference[y] as number))) - 1;
    expect(variance(reference, responseWeights(space, 1))).toBeCloseTo(chiSquared, 4);
  });

  it('erratum: the last line as printed, E[(π_θ^α/π_ref − 1)²] ≤ E[(π_θ − 1)/π_ref], fails', () => {
    const reference = [0.5, 0.5];
    const policy = [0.75, 0.25];
    const alpha = 0.5;
    const left = sum(
      policy.map((p, y) => (reference[y] as number) * (p ** alpha / (reference[y] as number) - 1) ** 2),
    );
    const right = sum(policy.map((p) => p - 1));
    expect(left).toBeCloseTo(0.267949, 6);
    expect(right).toBe(-1);
    expect(left).toBeGreaterThan(right);
    // What holds instead, for the same numbers: Var ≤ E[(t^α − 1)²] ≤ χ².
    const space = { reference: reference.map(Math.log), policy: policy.map(Math.log) };
    expect(variance(reference, responseWeights(space, alpha))).toBeCloseTo(0.0669873, 5);
    expect(sum(policy.map((p, y) => p ** 2 / (reference[y] as number))) - 1).toBeCloseTo(0.25, 12);
  });
});

describe('law 3, unbiasedness (section 3.1 and the last display of appendix H)', () => {
  const losses: [string, () => FLoss][] = [
    ['logistic', logistic],
    ['squared', squared],
    ['hinge', hinge],
    ['exponential', exponential],
    ['truncated-quadratic', truncatedQuadratic],
    ['savage', savage],
  ];

  it.each(losses)(
    'weighted %s over π_ref is the unweighted one over π_θ, and so are the gradients',
    (_, make) => {
      fc.assert(
        fc.property(policies, betas, (space, beta) => {
          const loss = make();
          const importance = { smoothing: fixed(1) };
          const offline = expectedLoss(
            directAlignment({ loss, beta, importance }),
            space,
            probabilities(space.reference),
          );
          const online = expectedLoss(directAlignment({ loss, beta }), space, probabilities(space.policy));
          expectClose([offline.value, ...offline.gradient], [online.value, ...online.gradient]);
        }),
        runs,
      );
    },
  );

  type Options = { readonly beta: number; readonly importance?: ImportanceOptions };
  const relatives: [string, (options: Options) => Objective][] = [
    ['simpo', (options) => simpo({ gamma: 0.5, ...options })],
    ['alphaPo', (options) => alphaPo({ alpha: 0.25, gamma: 0.5, ...options })],
    ['orpo', ({ beta, importance }) => orpo({ lambda: beta, importance })],
    ['cpo', cpo],
    ['hyPo', hyPo],
    [
      'weightedSum',
      ({ beta, importance }) => {
        const terms = [dpo({ beta }), chosenSft()].map((objective) => ({ objective, weight: 0.5 }));
        return importance ? importanceWeighted(weightedSum(terms), importance) : weightedSum(terms);
      },
    ],
  ];

  it.each(relatives)('holds for %s, with a reference of its own or without', (_, make) => {
    fc.assert(
      fc.property(policies, betas, (space, beta) => {
        const importance = { smoothing: fixed(1) };
        const offline = expectedLoss(make({ beta, importance }), space, probabilities(space.reference));
        const online = expectedLoss(make({ beta }), space, probabilities(space.policy));
        expectClose([offline.value, ...offline.gradient], [online.value, ...online.gradient]);
      }),
      runs,
    );
  });

  it.each(losses)(
    'differentiating through the weight of %s gives the gradient of the whole expectation',
    (_, make) => {
      fc.assert(
        fc.property(policies, betas, (space, beta) => {
          const loss = make();
          const importance = { smoothing: fixed(1), differentiable: true };
          const offline = expectedLoss(
            directAlignment({ loss, beta, importance }),
            space,
            probabilities(space.reference),
          );
          const online = gradientOf(space, (logits) => {
            const batch = enumerate(space, logits);
            const both = tf.exp(tf.add(batch.policyChosen, batch.policyRejected));
            return tf.sum(tf.mul(both, directAlignment({ loss, beta }).evaluate(batch).losses));
          });
          expectClose([offline.value, ...offline.gradient], [online.value, ...online.gradient]);
        }),
        runs,
      );
    },
  );

  it('does not hold without weights once the policies differ', () => {
    const space = { reference: [0, 0], policy: [0, 2] };
    const offline = expectedLoss(dpo({ beta: 0.5 }), space, probabilities(space.reference));
    const online = expectedLoss(dpo({ beta: 0.5 }), space, probabilities(space.policy));
    expect(Math.abs(offline.value - online.value)).toBeGreaterThan(0.01);
  });
});

describe('law 4, growth with length (appendix E)', () => {
  /** log π_θ of all V^T sequences whose tokens are independent draws from `step`. */
  function sequences(step: readonly number[], length: number): number[] {
    let logs = [0];
    for (let t = 0; t < length; t += 1) logs = logs.flatMap((log) => step.map((p) => log + Math.log(p)));
    return logs;
  }

  const steps = fc.record({
    step: fc
      .array(fc.integer({ min: 1, max: 8 }), { minLength: 2, maxLength: 3 })
      .map((counts) => counts.map((count) => count / sum(counts))),
    length: fc.integer({ min: 1, max: 5 }),
  });

  function variancesOf(step: readonly number[], length: number, smoothing: Smoothing): [number, number[]] {
    const logs = sequences(step, length);
    const uniform = logs.map(() => 1 / logs.length);
    const reference = logs.map(() => -length * Math.log(step.length));
    return [variance(uniform, singleWeights(logs, reference, smoothing, length)), uniform];
  }

  it('with π_ref uniform over V^T, Var[w] = |V|^(2T)·Var[π_θ(y)]', () => {
    fc.assert(
      fc.property(steps, ({ step, length }) => {
        const [ofWeights, uniform] = variancesOf(step, length, fixed(1));
        const likelihoods = sequences(step, length).map(Math.exp);
        expectClose([ofWeights], [step.length ** (2 * length) * variance(uniform, likelihoods)]);
      }),
      runs,
    );
  });

  it('with α = 1/T, Var[w] = |V|²·Var[π_θ(y)^(1/T)]', () => {
    fc.assert(
      fc.property(steps, ({ step, length }) => {
        const [ofWeights, uniform] = variancesOf(step, length, inverseLength());
        const roots = sequences(step, length).map((log) => Math.exp(log / length));
        expectClose([ofWeights], [step.length ** 2 * variance(uniform, roots)]);
      }),
      runs,
    );
  });

  it('the first grows exponentially in T, the second does not grow', () => {
    const step = [0.7, 0.3];
    const lengths = [1, 2, 4, 8];
    const plain = lengths.map((length) => variancesOf(step, length, fixed(1))[0]);
    const smoothed = lengths.map((length) => variancesOf(step, length, inverseLength())[0]);
    // (1 + Var_1)^T − 1, with Var_1 = |V|·Σp² − 1 = 0.16.
    expectClose(
      plain,
      lengths.map((length) => 1.16 ** length - 1),
    );
    for (let index = 1; index < smoothed.length; index += 1) {
      expect(smoothed[index] as number).toBeLessThan(smoothed[index - 1] as number);
    }
  });
});

describe('law 5, Taylor expansion (equation 1)', () => {
  // f(0), f′(0), f″(0), and C with |remainder| ≤ C·|z|³ for every z: a bound on |f‴|/6 between 0 and z. Beyond the kink at
  // z = 1 of the hinge and the truncated quadratic it is the largest of (z − 1)/z³ and of (z − 1)²/z³, both 4/27.
  const expansions: [string, () => FLoss, number, number, number, (z: number) => number][] = [
    ['logistic', logistic, Math.log(2), -1 / 2, 1 / 4, () => 1 / (36 * Math.sqrt(3)) + 1e-9],
    ['squared', squared, 1, -2, 2, () => 0],
    ['hinge', hinge, 1, -1, 0, () => 4 / 27],
    ['exponential', exponential, 1, -1, 1, (z) => Math.exp(Math.max(-z, 0)) / 6],
    ['truncated-quadratic', truncatedQuadratic, 1, -2, 2, () => 4 / 27],
    ['savage', savage, 1 / 4, -1 / 4, 1 / 8, () => 0.3 / 6],
  ];

  /** βρ of every pair of the space, and what an objective says of the pair. */
  function evaluated(space: Policies, beta: number, objective: Objective): [number, number][] {
    const [policy, reference] = [probabilities(space.policy), probabilities(space.reference)];
    const ratios = policy.map((p, y) => Math.log(p / (reference[y] as number)));
    const losses = tf.tidy(() => [...objective.evaluate(enumerate(space)).losses.dataSync()]);
    return allPairs(ratios.length).map(([w, l], row) => [
      beta * ((ratios[w] as number) - (ratios[l] as number)),
      losses[row] as number,
    ]);
  }

  it.each(expansions)(
    '%s: f(βρ) − [f(0) + f′(0)βρ + ½f″(0)β²ρ²] = O(ρ³)',
    (_, make, atZero, slope, curvature, bound) => {
      fc.assert(
        fc.property(policies, betas, (space, beta) => {
          const objective = directAlignment({ loss: make(), beta });
          for (const [z, loss] of evaluated(space, beta, objective)) {
            const expansion = atZero + slope * z + (curvature / 2) * z ** 2;
            const rounding = 1e-5 * Math.max(1, Math.abs(loss), z ** 2);
            expect(Math.abs(loss - expansion)).toBeLessThanOrEqual(bound(z) * Math.abs(z) ** 3 + rounding);
          }
        }),
        { numRuns: 100 },
      );
    },
  );

  it("IPO's expansion is exact at any margin, in both of its forms", () => {
    fc.assert(
      fc.property(policies, betas, (space, beta) => {
        for (const [z, loss] of evaluated(space, beta, ipo({ beta, form: 'paper' }))) {
          expectClose([loss], [1 - 2 * z + z ** 2], 1e-5);
        }
        for (const [z, loss] of evaluated(space, beta, ipo({ beta }))) {
          const rho = z / beta;
          expectClose([loss], [1 / (4 * beta ** 2) - rho / beta + rho ** 2], 1e-5);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('law 6, the regularizer (equation 2)', () => {
  /** ½ρ² of each pair: f(z) = ½z² with β = 1. */
  const halfSquare: FLoss = {
    name: 'half-square',
    convex: true,
    value: (z) => tf.mul(0.5, tf.square(z)),
  };
  const regularizer = (smoothing?: Smoothing): Objective =>
    directAlignment({ loss: halfSquare, beta: 1, importance: smoothing && { smoothing } });

  it('for single responses: E_{π_θ}[∇½r²] = ∇KL(π_θ‖π_ref)', () => {
    fc.assert(
      fc.property(policies, (space) => {
        const { gradient } = gradientOf(space, (logits) => {
          const ratios = tf.sub(tf.logSoftmax(logits), tf.logSoftmax(tf.tensor1d([...space.reference])));
          return tf.sum(tf.mul(tf.tensor1d(probabilities(space.policy)), tf.mul(0.5, tf.square(ratios))));
        });
        expectClose(gradient, klGradient(space));
      }),
      runs,
    );
  });

  it('for pairs: E_{π_θ×π_θ}[∇½ρ²] = 2·∇KL', () => {
    fc.assert(
      fc.property(policies, (space) => {
        const { gradient } = expectedLoss(regularizer(), space, probabilities(space.policy));
        expectClose(
          gradient,
          klGradient(space).map((value) => 2 * value),
        );
      }),
      runs,
    );
  });

  it('under π_ref it fails away from π_θ = π_ref', () => {
    const space = { reference: [0, 0, 0], policy: [2, 0, -2] };
    const { gradient } = expectedLoss(regularizer(), space, probabilities(space.reference));
    const wanted = klGradient(space).map((value) => 2 * value);
    expect(
      Math.max(...gradient.map((value, index) => Math.abs(value - (wanted[index] as number)))),
    ).toBeGreaterThan(0.2);
  });

  it('under π_ref, weighted by w at α = 1, it holds again', () => {
    fc.assert(
      fc.property(policies, (space) => {
        const { gradient } = expectedLoss(regularizer(fixed(1)), space, probabilities(space.reference));
        expectClose(
          gradient,
          klGradient(space).map((value) => 2 * value),
        );
      }),
      runs,
    );
  });
});

describe('law 7, IPO as policy gradient (appendix H)', () => {
  /** (½ − βρ)² is β² times the standard form of IPO. */
  function gradients(space: Policies, beta: number): { update: number[]; ipoGradient: number[] } {
    const distribution = probabilities(space.policy);
    const policyGradient = expectedLoss(pairwisePolicyGradient({ beta }), space, distribution).gradient;
    const ipoGradient = expectedLoss(ipo({ beta }), space, distribution).gradient;
    return {
      // An update descends the loss.
      update: policyGradient.map((value) => -value),
      ipoGradient: ipoGradient.map((value) => beta ** 2 * value),
    };
  }

  it('with R = ±¼ the update ½·(½ − βρ)·∇ρ is −1/(4β) times ∇(½ − βρ)²', () => {
    fc.assert(
      fc.property(policies, betas, (space, beta) => {
        const { update, ipoGradient } = gradients(space, beta);
        expectClose(
          update,
          ipoGradient.map((value) => (-1 / (4 * beta)) * value),
        );
      }),
      runs,
    );
  });

  it('without the ½ of the swapped pair, as in the proof, the constant is −1/(2β)', () => {
    fc.assert(
      fc.property(policies, betas, (space, beta) => {
        const { update, ipoGradient } = gradients(space, beta);
        expectClose(
          update.map((value) => 2 * value),
          ipoGradient.map((value) => (-1 / (2 * beta)) * value),
        );
      }),
      runs,
    );
  });

  it('erratum: with the ½ kept, −1/(2β) is wrong by a factor of 2', () => {
    const beta = 0.25;
    const { update, ipoGradient } = gradients({ reference: [0, 0], policy: [1, -1] }, beta);
    const [first] = update as [number, number];
    const [wrong] = ipoGradient.map((value) => (-1 / (2 * beta)) * value) as [number, number];
    expect(Math.abs(first)).toBeGreaterThan(0.01);
    expect(wrong / first).toBeCloseTo(2, 4);
  });
});
