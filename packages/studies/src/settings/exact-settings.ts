import { count, type Fields, scaleNames, setting } from '@ais/pipeline/settings';
import { z } from 'zod';
import type { ContextLength, ExactBase, ExactTraining } from '../data/exact-table.js';
import type { StudyScale } from '../data/study-data.js';

/** The levels of each factor. */
export interface ExactLevels {
  readonly lengths: readonly number[];
  readonly contexts: readonly ContextLength[];
  readonly betas: readonly number[];
  readonly pairs: readonly number[];
  readonly flips: readonly number[];
}

export interface ExactDesign {
  /** Where the seeds begin; 1 by default. Other values test again, on worlds not seen before, what was found on the first. */
  readonly firstSeed?: number | undefined;
  readonly vocabulary: number;
  readonly referenceSpread: number;
  readonly shiftTemperature: number;
  readonly training: ExactTraining;
  readonly base: ExactBase;
  readonly levels: ExactLevels;
  readonly grid: boolean;
}

/** The exact study as plain JSON. */
export interface ExactStudySettings {
  readonly study: string;
  readonly scale: StudyScale;
  /**
   * 1, 2, …, or others in a row, all counted from `exact.firstSeed` where there is one: each draws a reference policy, a gold
   * reward, pairs, and their order.
   */
  readonly seeds: readonly number[];
  /** Numbers of seeds at which a cell of the grid may stop, rising, the last one all. */
  readonly looks?: readonly number[] | undefined;
  readonly exact: ExactDesign;
}

const share = z.number().min(0).max(0.5);
const context = z.union([count, z.literal('full')]);
const beta = z.number().positive();

const training: Fields<ExactTraining> = {
  updates: setting(count, 'Updates of Adam, the same for all methods.'),
  batchSize: setting(count, 'Pairs per update.'),
  learningRate: setting(z.number().positive(), 'Held constant.'),
  evaluations: setting(count, 'Measurements along training, evenly spaced.'),
};

const base: Fields<ExactBase> = {
  length: setting(count, 'Tokens of every response, T.'),
  context: setting(context, 'Tokens that the policy looks back, or full.'),
  beta,
  pairs: setting(count, 'Preference pairs, N.'),
  flips: setting(share, 'Probability that a label is turned around.'),
};

const levels: Fields<ExactLevels> = {
  lengths: z.array(count).min(1),
  contexts: z.array(context).min(1),
  betas: z.array(beta).min(1),
  pairs: z.array(count).min(1),
  flips: z.array(share).min(1),
};

const design: Fields<ExactDesign> = {
  firstSeed: setting(count.optional(), 'Where the seeds begin; 1 by default.'),
  vocabulary: setting(z.number().int().min(2), 'Tokens to choose from, V.'),
  referenceSpread: setting(z.number().nonnegative(), 'Standard deviation of the reference’s logits.'),
  shiftTemperature: setting(z.number().positive(), 'τ of the shifted policy μ ∝ π_ref·exp(r/τ).'),
  training: z.strictObject(training),
  base: setting(z.strictObject(base), 'The main effects change one factor of this at a time.'),
  levels: z.strictObject(levels),
  grid: setting(z.boolean(), 'Whether all combinations of the levels are run too.'),
};

export const exactStudy: z.ZodType<ExactStudySettings> = z.strictObject({
  study: z.string().min(1),
  scale: z.enum(scaleNames),
  seeds: z.array(count).min(1),
  looks: z.array(count).min(2).optional(),
  exact: z.strictObject(design),
});

const betas = [0.01, 0.03, 0.1, 0.3, 1, 3];

/** The settings of a scale: one world that takes a second; the main effects; and the whole grid too. */
export function exactPreset(
  scale: StudyScale,
): { readonly exact: ExactDesign } & Pick<ExactStudySettings, 'seeds' | 'looks'> {
  const shared = { vocabulary: 2, referenceSpread: 2, shiftTemperature: 1 };
  if (scale === 'tiny') {
    return {
      seeds: upTo(6),
      exact: {
        ...shared,
        training: { updates: 20, batchSize: 8, learningRate: 0.05, evaluations: 4 },
        base: { length: 3, context: 1, beta: 0.01, pairs: 40, flips: 0 },
        levels: {
          lengths: [3, 4],
          contexts: [1, 'full'],
          betas: [0.01, 1],
          pairs: [12, 40],
          flips: [0, 0.25],
        },
        grid: false,
      },
    };
  }
  return {
    seeds: upTo(300),
    ...(scale === 'paper' && { looks: [40, 120, 300] }),
    exact: {
      ...shared,
      training: { updates: 120, batchSize: 32, learningRate: 0.05, evaluations: 12 },
      base: { length: 5, context: 3, beta: 0.01, pairs: 500, flips: 0 },
      levels: {
        lengths: [4, 6, 8, 10],
        contexts: [1, 3, 'full'],
        betas,
        pairs: [60, 500],
        flips: [0, 0.25],
      },
      grid: scale === 'paper',
    },
  };
}

/** The first of the seeds that worlds are drawn with, which are in a row. */
export function firstSeedOf({ seeds, exact }: Pick<ExactStudySettings, 'seeds' | 'exact'>): number {
  return (seeds[0] ?? 1) + (exact.firstSeed ?? 1) - 1;
}

/** 1, 2, … */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
