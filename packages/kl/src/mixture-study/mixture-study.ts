import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { KlError } from '../errors.js';
import {
  checkMixture,
  type Gaussian,
  type GaussianMixture,
  gaussianLogDensity,
  logDensity,
  quadratureNodes,
} from '../gaussian-kl.js';

/** Options of `mixtureStudy`. */
export interface MixtureStudyOptions {
  /** Seed of the sampled pairs; 0 by default. */
  readonly seed?: number;
  /** Number of sampled pairs that each loss is averaged over; 2,000 by default. */
  readonly pairs?: number;
  /** The policy's means; 201 evenly spaced ones from −1 to 1 by default. */
  readonly thetas?: readonly number[];
  /** Standard deviation of the policy; 0.1 by default. */
  readonly policyStandardDeviation?: number;
  /** The behavior policy and reference μ = π_ref; the paper's three Gaussians by default. */
  readonly behavior?: GaussianMixture;
  /** Exponents of the smoothed weight w^α besides α = 1; 0.25, 0.5, and 0.75 by default. */
  readonly alphas?: readonly number[];
}

/** One loss over all θ, with how well it follows KL. */
export interface StudiedLoss {
  /** Exponent of the importance weight: 0 unweighted, 1 plain importance sampling. */
  readonly alpha: number;
  /** [thetas], the mean of ½·w^α·ρ² over the sampled pairs. */
  readonly sampled: readonly number[];
  /** [thetas], its expectation, by quadrature. */
  readonly expected: readonly number[];
  /** Pearson's correlation over θ of the logarithms of the loss and of KL, sampled and expected. */
  readonly correlation: { readonly sampled: number; readonly expected: number };
}

/** Along θ: KL, both losses, and how far each of them follows it. */
export interface MixtureStudy {
  readonly thetas: readonly number[];
  /** [thetas], KL(π_θ‖π_ref) in nats, by quadrature. */
  readonly kl: readonly number[];
  /** E_μ[½ρ²]. */
  readonly muWeighted: StudiedLoss;
  /** E_μ[½wρ²], w = π_θ(y_w)π_θ(y_l) / (μ(y_w)μ(y_l)). */
  readonly importanceWeighted: StudiedLoss;
  /** E_μ[½w^αρ²] for each α asked for. */
  readonly smoothed: readonly StudiedLoss[];
  /** The sampled losses' correlations, the figure's two numbers. */
  readonly correlation: { readonly muWeighted: number; readonly importanceWeighted: number };
}

const paperBehavior: GaussianMixture = [
  { weight: 0.3, mean: -0.8, standardDeviation: 0.2 },
  { weight: 0.4, mean: 0, standardDeviation: 0.2 },
  { weight: 0.3, mean: 0.8, standardDeviation: 0.2 },
];

/**
 * The didactic study: does the squared loss of direct alignment follow the KL divergence that it stands for?
 *
 * For policies π_θ = N(θ, σ²) and μ = π_ref a mixture of Gaussians, compares KL(π_θ‖π_ref) with the mean over pairs
 * y_w, y_l ∼ μ of ½ρ², ρ = r(y_w) − r(y_l), r = log π_θ − log π_ref, unweighted and with importance weights w^α.
 *
 * All θ share one set of sampled pairs. Expectations need no pairs: for independent y_w and y_l,
 * E[½w^αρ²] = M_0·M_2 − M_1² with M_k = E_μ[t^α·r^k] and t = π_θ/μ. Sampled, the weighted loss rests on the few pairs
 * that both fall near θ, so its correlation moves with the seed; the expected one does not.
 *
 * @returns plain numbers, the same for the same options everywhere
 * @throws {KlError} `invalid-option` for a seed that is not an integer, fewer than 2 pairs, fewer than 2 means, or an exponent that is
 *   not finite; `invalid-value` for a behavior or policy that is not a mixture, and for widths that differ too much to integrate
 * @example
 * const { correlation } = mixtureStudy({ seed: 1 });
 * console.log(correlation.muWeighted < 0.3, correlation.importanceWeighted > 0.7); // true true
 * @see "Mitigating reward over-optimization in direct alignment algorithms with adaptive importance sampling", figure 1
 */
export function mixtureStudy(options: MixtureStudyOptions = {}): MixtureStudy {
  const {
    seed = 0,
    pairs = 2000,
    thetas = Array.from({ length: 201 }, (_, index) => (index - 100) / 100),
    policyStandardDeviation = 0.1,
    behavior = paperBehavior,
    alphas = [0.25, 0.5, 0.75],
  } = options;
  if (!Number.isSafeInteger(seed) || !Number.isInteger(pairs) || pairs < 2 || thetas.length < 2) {
    throw new KlError(
      'invalid-option',
      `the mixture study needs an integer seed, at least 2 pairs, and at least 2 means; got seed ${seed}, ${pairs} pairs, and ${thetas.length} means.`,
    );
  }
  if (!alphas.every(Number.isFinite)) {
    throw new KlError(
      'invalid-option',
      `the mixture study needs finite exponents alphas, got ${alphas.join(', ')}.`,
    );
  }
  checkMixture(behavior);
  const policies = thetas.map((mean): Gaussian => ({ mean, standardDeviation: policyStandardDeviation }));
  for (const policy of policies) checkMixture([{ ...policy, weight: 1 }]);
  // One grid for all θ: the behavior's density, the costly part, is taken once.
  const { nodes, step } = quadratureNodes([...policies, ...behavior]);
  const onGrid = logRatios(policies, behavior, nodes);
  const onSamples = logRatios(policies, behavior, sampleMixture(behavior, 2 * pairs, seed));
  const kl = onGrid.ratios.map((ratio) => Math.max(0, step * moment(onGrid.behavior, ratio, 1, 1)));

  const study = (alpha: number): StudiedLoss => {
    const sampled = onSamples.ratios.map((ratio) => sampledLoss(ratio, alpha));
    const expected = onGrid.ratios.map((ratio) => {
      const [m0, m1, m2] = [0, 1, 2].map((power) => step * moment(onGrid.behavior, ratio, alpha, power));
      return (m0 ?? 0) * (m2 ?? 0) - (m1 ?? 0) ** 2;
    });
    return {
      alpha,
      sampled,
      expected,
      correlation: { sampled: logCorrelation(kl, sampled), expected: logCorrelation(kl, expected) },
    };
  };
  const muWeighted = study(0);
  const importanceWeighted = study(1);
  return {
    thetas,
    kl,
    muWeighted,
    importanceWeighted,
    smoothed: alphas.map(study),
    correlation: {
      muWeighted: muWeighted.correlation.sampled,
      importanceWeighted: importanceWeighted.correlation.sampled,
    },
  };
}

/**
 * Pearson's correlation of the logarithms of two series.
 *
 * @throws {KlError} `invalid-lengths` if the lengths differ, `invalid-value` if a value is not above 0
 */
export function logCorrelation(first: readonly number[], second: readonly number[]): number {
  if (first.length !== second.length) {
    throw new KlError(
      'invalid-lengths',
      `a correlation needs two series of the same length, got ${first.length} and ${second.length} values.`,
    );
  }
  const logarithms = (values: readonly number[]): number[] => {
    const logs = values.map((value) => {
      if (!(value > 0)) {
        throw new KlError(
          'invalid-value',
          `a value of ${value} has no logarithm; use more pairs or closer means.`,
        );
      }
      return Math.log(value);
    });
    const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
    return logs.map((value) => value - mean);
  };
  const x = logarithms(first);
  const y = logarithms(second);
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? Number.NaN), 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

/** Mean of ½·w^α·ρ² over the pairs: even samples are preferred, odd ones rejected. */
function sampledLoss(ratio: Float64Array, alpha: number): number {
  let sum = 0;
  for (let index = 0; index + 1 < ratio.length; index += 2) {
    const preferred = ratio[index] ?? Number.NaN;
    const rejected = ratio[index + 1] ?? Number.NaN;
    sum += Math.exp(alpha * (preferred + rejected)) * (preferred - rejected) ** 2;
  }
  return sum / ratio.length;
}

/** Σ over points of μ·t^α·r^k, r = log t; times the step, the integral M_k. */
function moment(behavior: Float64Array, ratio: Float64Array, alpha: number, power: number): number {
  let sum = 0;
  for (let index = 0; index < ratio.length; index++) {
    const value = ratio[index] ?? Number.NaN;
    sum += Math.exp((behavior[index] ?? Number.NaN) + alpha * value) * value ** power;
  }
  return sum;
}

/** log μ at the points, and log π_θ − log μ there for each policy. */
function logRatios(
  policies: readonly Gaussian[],
  behavior: GaussianMixture,
  points: Float64Array,
): { behavior: Float64Array; ratios: readonly Float64Array[] } {
  const logBehavior = points.map((point) => logDensity(behavior, point));
  const ratios = policies.map((policy) =>
    points.map((point, index) => gaussianLogDensity(policy, point) - (logBehavior[index] ?? Number.NaN)),
  );
  return { behavior: logBehavior, ratios };
}

function sampleMixture(mixture: GaussianMixture, count: number, seed: number): Float64Array {
  const generator = xoroshiro128plus(seed);
  const uniform = (): number => uniformFloat64(generator);
  let total = 0;
  const cumulative = mixture.map((component) => {
    total += component.weight;
    return { ...component, total };
  });
  return Float64Array.from({ length: count }, () => {
    const draw = uniform();
    const chosen = cumulative.find((component) => draw < component.total) ?? cumulative.at(-1);
    if (!chosen) throw new KlError('invalid-value', 'a mixture needs at least one component, got none.');
    // Box and Muller's transform; 1 − u is never 0.
    const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    return chosen.mean + chosen.standardDeviation * normal;
  });
}
