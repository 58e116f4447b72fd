import { mixtureStudy } from '@ais/kl/mixture-study';
import { builtInStudies } from '../src/catalog/catalog.js';
import type { ReportedPoint } from '../src/data/reported.js';
import { runTitle } from '../src/data/run-title.js';
import type {
  MixtureStudyData,
  PairWeights,
  PolicyStudyData,
  PreferenceData,
  StudyData,
  StudyMethod,
  StudyRun,
  TrainingPoint,
} from '../src/data/study-data.js';
import { smoothingOf, weightOptions } from '../src/data/study-method.js';
import type { StudyRunSettings } from '../src/data/study-run-settings.js';
import { trainsPolicies } from '../src/study/study.js';

/** How strongly what the paper saw is in the constructed data: 1 as in the paper, 0 not at all. */
export interface ExampleWorld {
  /** AIS neither falls nor goes far. */
  readonly ais?: number;
  /** DPO falls beyond its best KL. */
  readonly fall?: number;
  /** Shifted data are worth less. */
  readonly shift?: number;
  /** RLOO is above the others. */
  readonly online?: number;
  /** A small fixed α is best, a middle one moves least. */
  readonly alpha?: number;
  /** The square root regularizes most, and wins less. */
  readonly root?: number;
  /** Larger α converge faster. */
  readonly speed?: number;
  /** Mean weights fall early, the more the larger α. */
  readonly earlyWeights?: number;
  /** How unlike the seeds are, in win rate. */
  readonly seedSpread?: number;
  /** Standard deviation of the adaptive log-weights. */
  readonly weightSpread?: number;
  /** DPO peaks late in the epoch instead of early. */
  readonly late?: number;
  /** How much of the shift D2 has, beside D3. */
  readonly middle?: number;
  /** The best √KL moves to less with the shift. */
  readonly earlier?: number;
  /** The largest α is as good as the smallest. */
  readonly largeAlpha?: number;
  /** AIS is ahead on D1 of fig11 too. */
  readonly near?: number;
  /** AIS does nothing on this data set. */
  readonly nothingAt?: PreferenceData;
  /** What knowing the behavior policy brings. */
  readonly informed?: number;
  /** Pairs that others wrote are worth less than the SFT model's own. */
  readonly written?: number;
  /** The mean weight alone goes less far, and falls less. */
  readonly step?: number;
  /** Weighing pairs against each other goes farther, and wins more. */
  readonly reweighting?: number;
  /** What bounded weights, or one α per pair, win more than AIS. */
  readonly variant?: number;
  /** How far losses rise again at the end, as a share of their fall. */
  readonly rise?: number;
  readonly seeds?: readonly number[];
  readonly prompts?: number;
  /** Evaluations during training after step 0. */
  readonly evaluations?: number;
}

/** The runs of a built-in study: its methods, β, and data sets. */
function runsOf(name: string): readonly StudyRunSettings[] {
  const study = builtInStudies.find((each) => each.name === name);
  return study && trainsPolicies(study) ? study.runs : [];
}

/** The built-in studies. */
export const exampleStudyNames: readonly string[] = builtInStudies
  .map(({ name }) => name)
  .filter((name) => name !== 'demo');

interface Shape {
  /** √KL at the end of training at β = 0.01. */
  readonly reach: number;
  /** What is gained in win rate before any fall. */
  readonly gain: number;
  /** Win rate lost for each √nat beyond the best. */
  readonly fall: number;
  /** √KL of the best win rate. */
  readonly best: number;
}

function shapeOf(method: StudyMethod, data: PreferenceData, study: string, world: ExampleWorld): Shape {
  const { fall = 1, shift = 1, online = 1, alpha = 1, root: square = 1 } = world;
  const { late = 0, middle = 1, earlier = 0, largeAlpha = 0, near = 0, informed = 1 } = world;
  const ais = world.nothingAt === data ? 0 : (world.ais ?? 1);
  const step = { D0: 1.5 * (world.written ?? 1), D1: 0, D2: middle, D3: 2 }[data];
  const base: Shape = {
    reach: 3.2,
    gain: 0.5 - 0.09 * shift * step,
    fall: 0.25 * fall,
    best: 1 - 0.2 * shift * step + 1.8 * late,
    ...(earlier && { best: [2.4, 1.6, 0.8][step] ?? 1 }),
  };
  // What an AIS variant changes, more or less of it.
  const tamed = (strength: number): Shape => ({
    ...base,
    reach: base.reach * (1 - 0.46 * strength),
    fall: base.fall * (1 - strength),
  });
  if (method.objective === 'rloo') return { ...tamed(1), gain: base.gain + 0.12 * online };
  if (method.objective === 'rpo') return tamed(0.4);
  if (['wpo', 'chi-po', 'length-regularized-dpo'].includes(method.objective)) return tamed(0.5);
  const smoothing = smoothingOf(method);
  if (method.objective === 'humanline-dpo') return { ...tamed(0.5), gain: base.gain - 0.1 };
  if (smoothing === 'none') return base;
  if (smoothing === 'inverse-length') {
    // On data of the SFT model itself the paper saw no difference.
    if (study === 'fig11' && data === 'D1' && near === 0) return { ...base, fall: base.fall * 0.98 };
    return { ...tamed(ais), gain: base.gain + (method.behavior === 'data' ? 0.08 * ais * informed : 0) };
  }
  if (smoothing === 'inverse-sqrt-length') {
    return {
      ...tamed(1),
      reach: base.reach * (1 - 0.7 * square),
      gain: base.gain - 0.3 * square,
      fall: base.fall * (1 - square),
    };
  }
  const { meanWeightOnly, selfNormalized, clip, pool } = weightOptions(method.importance);
  if (meanWeightOnly) return tamed(0.5 * (world.step ?? 1));
  if (selfNormalized) {
    const { reweighting = 1 } = world;
    return { ...base, reach: base.reach * (1 + 0.2 * reweighting), gain: base.gain + 0.3 * reweighting };
  }
  if (pool || clip?.lower !== undefined) {
    return { ...tamed(ais), gain: base.gain + 0.3 * (world.variant ?? 0) };
  }
  if (smoothing === 'other') return { ...tamed(0.5), gain: base.gain - 0.1 };
  if (smoothing === 0.4 && largeAlpha > 0) return { ...tamed(1), gain: base.gain };
  const tame = ({ 0.05: 0.7, 0.1: 1, 0.2: 0.75, 0.4: 0.5 } as Record<number, number>)[smoothing] ?? 0;
  const gain = ({ 0.05: 0, 0.1: -0.03, 0.2: -0.08, 0.4: -0.12 } as Record<number, number>)[smoothing] ?? 0;
  return { ...tamed(tame * alpha), gain: base.gain + gain * alpha };
}

/** Deterministic noise between −1 and 1. */
function wobble(...parts: readonly number[]): number {
  const sum = parts.reduce((total, part, index) => total + (part + 1) * (12.9898 + 78.233 * index), 0);
  const value = Math.sin(sum) * 43758.5453;
  return 2 * (value - Math.floor(value)) - 1;
}

function point(fraction: number, rate: number, root: number, salt: number, prompts: number): ReportedPoint {
  const outcomes = exampleOutcomes(rate, prompts, salt);
  const mean = outcomes.reduce((sum, value) => sum + value, 0) / prompts;
  const z = 1.96;
  const center = (mean + z ** 2 / (2 * prompts)) / (1 + z ** 2 / prompts);
  const half =
    (z / (1 + z ** 2 / prompts)) * Math.sqrt((mean * (1 - mean)) / prompts + z ** 2 / (4 * prompts ** 2));
  return {
    fraction,
    step: Math.round(200 * fraction),
    winRate: { rate: mean, low: center - half, high: center + half, n: prompts, ties: 0, outcomes },
    kl: { mean: root ** 2, standardError: 0.03 * root ** 2 },
    meanLength: Math.max(1.5, 9 + 2 * root - 0.9 * root ** 2),
    goldRewardMean: 2 * rate - 1,
  };
}

function exampleRun(
  method: StudyMethod,
  beta: number,
  data: PreferenceData,
  seed: number,
  study: string,
  world: ExampleWorld,
): StudyRun {
  const { prompts = 256, evaluations = 10, seedSpread = 0.01, speed = 1, rise = 0, earlyWeights = 0 } = world;
  const { reach, gain, fall, best } = shapeOf(method, data, study, world);
  const salt = [...method.title].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const far =
    reach * ({ 0.01: 1, 0.05: 0.7, 0.1: 0.5, 0.5: 0.25 }[beta] ?? 1) * (1 + 0.01 * wobble(seed, salt));
  const luck = seedSpread * wobble(salt, seed, beta);
  const points = Array.from({ length: evaluations + 1 }, (_, index) => {
    const fraction = index / evaluations;
    const root = far * fraction ** 0.6;
    const rate =
      0.25 + gain * (1 - Math.exp(-root / 0.8)) - fall * Math.max(0, root - best) + luck * fraction;
    return point(fraction, rate, root, salt + 7 * index + seed, prompts);
  });
  const smoothing = smoothingOf(method);
  const isWeighted = smoothing !== 'none';
  const alpha = typeof smoothing === 'number' ? smoothing : isWeighted ? 0.1 : 0;
  const training = Array.from({ length: 20 }, (_, index): TrainingPoint => {
    const fraction = (index + 1) / 20;
    const meanWeight = isWeighted
      ? 1 - 0.2 * fraction - earlyWeights * alpha * (1 - Math.exp(-20 * fraction))
      : 1;
    const pairLoss =
      0.35 +
      0.34 * Math.exp(-(3 + 14 * alpha * speed) * fraction) +
      0.002 * wobble(seed, index, salt) +
      (index === 19 ? 0.31 * rise : 0);
    return {
      fraction,
      loss: meanWeight * pairLoss,
      accuracy: 0.5 + 0.3 * fraction,
      ...(isWeighted && {
        meanWeight,
        effectiveSampleSize: 1 - (0.15 + 0.8 * alpha) * fraction,
      }),
    };
  });
  return { method, beta, data, seed, points, training, seconds: 180 };
}

/** Weights that fall with the loser's length and rise with the margin, with some spread. */
function exampleWeights(method: StudyMethod, seed: number, spread: number): PairWeights {
  const pairs = 400;
  const columns = Array.from({ length: pairs }, (_, index) => {
    const normal = wobble(seed, index, 1) + wobble(seed, index, 2) + wobble(seed, index, 3);
    const goldMargin = Math.abs(1.2 * wobble(seed, index, 4)) + 0.02;
    const chosenLength = 4 + Math.round(6 * (1 + wobble(seed, index, 5)));
    const rejectedLength = 4 + Math.round(6 * (1 + wobble(seed, index, 6)));
    const logWeight = spread * normal + 0.2 * goldMargin - 0.03 * (chosenLength + rejectedLength);
    const limit = weightOptions(method.importance).clip?.upper ?? 99;
    return { logWeight: Math.min(limit, logWeight), goldMargin, chosenLength, rejectedLength };
  });
  return {
    method: method.title,
    beta: 0.01,
    seed,
    logWeight: columns.map((pair) => pair.logWeight),
    goldMargin: columns.map((pair) => pair.goldMargin),
    chosenLength: columns.map((pair) => pair.chosenLength),
    rejectedLength: columns.map((pair) => pair.rejectedLength),
  };
}

const record = {
  scale: 'tiny',
  backend: 'wasm',
  versions: { node: '20.20.2', '@tensorflow/tfjs-core': '4.22.0', '@ais/studies': '0.0.0' },
} as const;

/** A study of trained policies whose answer is known: it was built in. */
export function examplePolicyStudy(study: string, world: ExampleWorld = {}): PolicyStudyData {
  const { seeds = [1, 2, 3], weightSpread = 0.35 } = world;
  const designed = runsOf(study);
  const data = [...new Set(designed.map((run) => run.data))];
  const runs = designed.flatMap(({ method, beta, data: set }) =>
    seeds.map((seed) => exampleRun(method, beta, set, seed, study, world)),
  );
  const firsts = runs.filter(({ seed }) => seed === seeds[0]);
  const spread = (method: StudyMethod): number =>
    (({ 'inverse-length': weightSpread, 'inverse-sqrt-length': 0.9 }) as Record<string, number>)[
      smoothingOf(method)
    ] ?? 0.5;
  return {
    ...record,
    study,
    seeds,
    source: 'synthetic',
    command: `ais study ${study} --scale tiny --seeds ${seeds.length}`,
    settings: { 'evaluation prompts': 256, 'preference.learningRate': 0.0005, 'policy parameters': 120_448 },
    seconds: 180 * runs.length + 1300,
    corpus: {
      records: 1400,
      splits: { supervised: 600, reward: 300, preference: 400, evaluation: 100 },
      truncatedPrompts: 140,
      boundaryMerges: 0,
      template: 'tldr',
      truncatedResponses: 0,
      longPrompts: 0,
      longResponses: 12,
      fingerprint: 'f00d',
      meanPromptTokens: 48.2,
      meanResponseTokens: 9.6,
    },
    policy: { parameters: 120_448 },
    stages: [
      { kind: 'gold', key: 'a1', seconds: 1300 },
      ...runs.map(({ method, beta, data: set, seed, seconds }) => ({
        kind: 'preference',
        key: `${method.title} ${beta} ${set} ${seed}`,
        seconds,
      })),
    ],
    runs,
    pairs: data.flatMap((set, step) =>
      seeds.map((seed) => ({ seed, data: set, pairs: 900, meanReward: -1 + 0.3 * step, meanMargin: 0.8 })),
    ),
    gold: {
      parameters: 480_833,
      accuracy: 0.74,
      interval: { low: 0.698, high: 0.778 },
      pairs: 460,
      logLoss: 0.541,
      calibrationError: 0.032,
    },
    samples: [
      {
        prompt:
          'SUBREDDIT: r/libs\n\nTITLE: libexample-dev\n\nPOST: This package provides the headers and static library.\n\nIt is needed to build programs against it & <nothing> else.\n\nTL;DR:',
        reference: { text: 'example library, development files', reward: 0.61 },
        responses: [
          { method: 'SFT', text: 'library for the example', reward: -0.2 },
          ...firsts.map((run, index) => ({
            method: runTitle(run),
            text: index % 4 === 3 ? '' : `development files for the example library, answer ${index}`,
            reward: 1 - 0.1 * index,
          })),
        ],
      },
    ],
    ...(study === 'weights' && {
      weights: designed.flatMap(({ method }) =>
        seeds.map((seed) => exampleWeights(method, seed, spread(method))),
      ),
    }),
  };
}

export function exampleMixtureStudy(): MixtureStudyData {
  return {
    ...record,
    study: 'fig1',
    seeds: [1],
    command: 'ais study fig1',
    settings: { pairs: 2000 },
    seconds: 0.4,
    mixture: mixtureStudy({ seed: 1 }),
  };
}

export function exampleStudy(study: string, world: ExampleWorld = {}): StudyData {
  return study === 'fig1' ? exampleMixtureStudy() : examplePolicyStudy(study, world);
}

/** Deterministic outcomes of n prompts with about this rate: prompts differ in difficulty, as real ones do. */
export function exampleOutcomes(rate: number, n: number, salt: number): number[] {
  return Array.from({ length: n }, (_, index) => {
    const difficulty = (index * 0.618033988749895) % 1;
    const luck = ((index + 1) * (salt + 1) * 0.7548776662466927) % 1;
    return 0.85 * difficulty + 0.15 * luck < rate ? 1 : 0;
  });
}
