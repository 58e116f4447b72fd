import type { ContextLength, ExactTable } from '../data/exact-table.js';
import type { ClaimVerdict } from '../data/study-data.js';
import { type ArmName, arms } from './arms.js';

/** Where pairs come from: π_ref, or another policy, whose log-probabilities the weights have or do not have. */
export type Shift = 'none' | 'unknown' | 'known';

/** In the order of reports. */
export const shifts: readonly Shift[] = ['none', 'unknown', 'known'];

/**
 * Where two methods are compared: after the same number of updates; at the largest KL that both had during training, each when
 * it first had it; at the largest KL that both reached with any β; and at half of that √KL.
 */
export type Comparison = 'steps' | 'kl-in-training' | 'kl-over-beta' | 'half-kl-over-beta';

export const comparisons: readonly Comparison[] = [
  'steps',
  'kl-in-training',
  'kl-over-beta',
  'half-kl-over-beta',
];

/** What decides a world, beside the seed. */
export interface ExactFactors {
  readonly length: number;
  readonly context: ContextLength;
  /** N, preference pairs. */
  readonly pairs: number;
  /** Share of the labels that are turned around. */
  readonly flips: number;
}

/** A mean over seeds, and how far its interval reaches to either side. */
export interface ExactEstimate {
  readonly value: number;
  readonly half: number;
}

/** What was found about a method at one β, or over all of them. */
export interface ExactFinding {
  /** 0 where it is over all β. */
  readonly beta: number;
  readonly shift: Shift;
  /** A method less DPO, paired by seed; or DPO itself at the end of training. */
  readonly arm: ArmName | 'dpo';
  readonly at: Comparison;
  /** Probability of winning against π_ref. */
  readonly win: ExactEstimate;
  /** Mean gold reward in standard deviations of π_ref’s. */
  readonly gold: ExactEstimate;
  /** KL in nats where steps are equal; the √KL of the comparison otherwise. */
  readonly kl: ExactEstimate;
  readonly seeds: number;
  /** Which look gave the verdict, from 1. */
  readonly look: number;
  /** Whether the method wins more often than DPO; of DPO itself always open. */
  readonly verdict: ClaimVerdict;
}

export interface ExactRow extends ExactFactors, ExactFinding {
  /** `main` worlds vary one factor about the base, with all seeds; those of the `grid` stop at the look that decides. */
  readonly part: 'main' | 'grid';
}

const parts: readonly ExactRow['part'][] = ['main', 'grid'];
const armNames: readonly ExactRow['arm'][] = ['dpo', ...arms.map(({ name }) => name)];
const verdicts: readonly ClaimVerdict[] = ['shown', 'refuted', 'equivalent', 'open'];

const columns = [
  'part',
  'length',
  'context',
  'pairs',
  'flips',
  'beta',
  'shift',
  'arm',
  'at',
  'win',
  'win_half',
  'gold',
  'gold_half',
  'kl',
  'kl_half',
  'seeds',
  'look',
  'verdict',
] as const;

/** Five decimals are far below any interval. */
const rounded = (value: number): number => Math.round(value * 1e5) / 1e5;

export function exactTable(rows: readonly ExactRow[]): ExactTable {
  return {
    columns,
    rows: rows.map(({ win, gold, kl, ...row }) => [
      parts.indexOf(row.part),
      row.length,
      row.context === 'full' ? 0 : row.context,
      row.pairs,
      row.flips,
      row.beta,
      shifts.indexOf(row.shift),
      armNames.indexOf(row.arm),
      comparisons.indexOf(row.at),
      ...[win, gold, kl].flatMap(({ value, half }) => [rounded(value), rounded(half)]),
      row.seeds,
      row.look,
      verdicts.indexOf(row.verdict),
    ]),
  };
}

/** Charts and claims ask for the rows of one table hundreds of times. */
const read = new WeakMap<ExactTable['rows'], readonly ExactRow[]>();

export function exactRows({ rows }: ExactTable): readonly ExactRow[] {
  const known = read.get(rows);
  if (known) return known;
  const found = rows.map(exactRow);
  read.set(rows, found);
  return found;
}

const places = new Map(columns.map((column, place) => [column, place]));

function exactRow(numbers: readonly number[]): ExactRow {
  const at = (column: (typeof columns)[number]): number => numbers[places.get(column) ?? -1] ?? Number.NaN;
  const estimate = (column: 'win' | 'gold' | 'kl'): ExactEstimate => ({
    value: at(column),
    half: at(`${column}_half`),
  });
  return {
    part: parts[at('part')] ?? 'main',
    length: at('length'),
    context: at('context') || 'full',
    pairs: at('pairs'),
    flips: at('flips'),
    beta: at('beta'),
    shift: shifts[at('shift')] ?? 'none',
    arm: armNames[at('arm')] ?? 'dpo',
    at: comparisons[at('at')] ?? 'steps',
    win: estimate('win'),
    gold: estimate('gold'),
    kl: estimate('kl'),
    seeds: at('seeds'),
    look: at('look'),
    verdict: verdicts[at('verdict')] ?? 'open',
  };
}
