import { join } from 'node:path';
import { writeJson, writeWhole } from '@ais/runtime/files';
import type { StudyScale } from '../data/study-data.js';
import { csv } from '../report/csv.js';

/** What unweighted DPO did at one learning rate. */
export interface SearchedRate {
  readonly learningRate: number;
  readonly seed: number;
  /** Win rates of the SFT model, at the peak, and at the end. */
  readonly start: number;
  readonly peak: number;
  readonly end: number;
  /** Share of training at the peak. */
  readonly peakFraction: number;
  /** How far the win rate fell from its peak, and whether that is more than its noise. */
  readonly fall: number;
  readonly overOptimizes: boolean;
  /** √KL at the end. */
  readonly squareRootKl: number;
  /** Mean response length at the start and at the end, in tokens. */
  readonly startLength: number;
  readonly endLength: number;
  /** Whether responses shrank to less than half: the policy stops at once, and has little more to lose. */
  readonly lengthCollapsed: boolean;
}

/** A rate over all seeds: how far the mean win rate has fallen from its peak at the end of training. */
export interface SearchedFall {
  readonly learningRate: number;
  readonly seeds: number;
  readonly fall: number;
  /** With its 95 % interval. */
  readonly low: number;
  readonly high: number;
}

/** How far the mean win rate has to fall at the rate that is chosen: methods then have something to differ in. */
export const soughtFall = 0.1;

/**
 * The least rate at which the mean win rate falls far enough; undefined if there is none.
 *
 * @example
 * console.log(chosenRate({ falls: [{ learningRate: 1e-5, fall: 0.02 }, { learningRate: 5e-5, fall: 0.12 }] })); // 0.00005
 */
export function chosenRate({ falls = [] }: Pick<SearchData, 'falls'>): number | undefined {
  const far = falls.filter(({ fall }) => fall >= soughtFall).map(({ learningRate }) => learningRate);
  return far.length > 0 ? Math.min(...far) : undefined;
}

/** What a search found. */
export interface SearchData {
  readonly scale: StudyScale;
  readonly source: string;
  readonly beta: number;
  /** A row for each learning rate and seed. */
  readonly rates: readonly SearchedRate[];
  /** A row for each learning rate; absent in the data of earlier versions. */
  readonly falls?: readonly SearchedFall[];
  readonly command: string;
  readonly backend: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string | number>>;
}

/** Writes what a search found as `search.json` and `search.csv`. */
export async function writeSearch(folder: string, data: SearchData): Promise<void> {
  await writeJson(join(folder, 'search.json'), data);
  await writeWhole(
    join(folder, 'search.csv'),
    csv(
      data.rates.map((rate) =>
        Object.fromEntries(Object.entries(rate).map(([key, value]) => [key, Number(value)])),
      ),
    ),
  );
}
