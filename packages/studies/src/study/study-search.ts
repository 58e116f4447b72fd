import { join } from 'node:path';
import { overOptimization } from '@ais/gold-eval';
import { writeJson, writeWhole } from '../durable-json.js';
import { loadEvaluations, type PolicyEvaluation } from '../stages/evaluate-policy.js';
import { flattenSettings } from '../stages/reported-evaluations.js';
import { softwareVersions } from '../stages/software-versions.js';
import { finishedRuns } from './collect-study-data.js';
import { finishStages, type RunStudiesOptions } from './run-studies.js';
import { csv } from './study-csv.js';
import type { StudyScale } from './study-data.js';
import type { PolicyStudySettings } from './study-settings.js';

/** What unweighted DPO did at one learning rate. */
export interface SearchedRate {
  readonly learningRate: number;
  readonly seed: number;
  /** Win rates of the SFT model, at the peak, and at the end. */
  readonly start: number;
  readonly peak: number;
  readonly end: number;
  /** Share of the epoch at the peak. */
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

/** What a search found. */
export interface SearchData {
  readonly scale: StudyScale;
  readonly source: string;
  readonly beta: number;
  /** A row for each learning rate and seed. */
  readonly rates: readonly SearchedRate[];
  readonly command: string;
  readonly backend: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string | number>>;
}

/**
 * Trains unweighted DPO at several learning rates, and writes what came out into `out`: `search.json` and `search.csv`.
 *
 * A rate to choose over-optimizes, so that methods have something to differ in; the least of them loses least to responses that
 * stop at once.
 *
 * @param settings from `searchPreset`
 * @throws as `runStudies`
 */
export async function runSearch(
  settings: PolicyStudySettings,
  options: Omit<RunStudiesOptions, 'studies'>,
): Promise<SearchData> {
  const { store, plans, failure } = await finishStages({ ...options, studies: [settings] });
  const plan = plans.get(settings);
  const rates: SearchedRate[] = [];
  for (const { run, seed, stage } of plan ? finishedRuns(plan, store) : []) {
    const learningRate = run.learningRate ?? settings.preference.learningRate;
    rates.push({ learningRate, seed, ...judged(await loadEvaluations(store.directory(stage))) });
  }
  const { study: _, scale, source, seeds: __, runs, ...decisive } = settings;
  const data: SearchData = {
    scale,
    source,
    beta: runs[0]?.beta ?? Number.NaN,
    rates,
    command: options.command?.(settings) ?? '',
    backend: options.backend.backend,
    versions: softwareVersions(),
    settings: flattenSettings(decisive),
  };
  await writeSearch(options.out, data);
  if (failure) throw failure;
  return data;
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

function judged(evaluations: readonly PolicyEvaluation[]): Omit<SearchedRate, 'learningRate' | 'seed'> {
  const [first] = evaluations;
  const last = evaluations.at(-1);
  if (!first || !last) throw new Error('A finished run has evaluations.');
  const squareRootKl = (evaluation: PolicyEvaluation): number => Math.sqrt(Math.max(0, evaluation.kl.mean));
  const found = overOptimization(
    evaluations.map((evaluation) => ({
      fraction: evaluation.fraction,
      squareRootKl: squareRootKl(evaluation),
      rate: evaluation.winRate.rate,
      n: evaluation.winRate.n,
      outcomes: evaluation.outcomes,
    })),
  );
  return {
    start: first.winRate.rate,
    peak: found.peak.rate,
    end: last.winRate.rate,
    peakFraction: found.peak.fraction,
    fall: found.fall,
    overOptimizes: found.significant,
    squareRootKl: squareRootKl(last),
    startLength: first.meanLength,
    endLength: last.meanLength,
    lengthCollapsed: last.meanLength < first.meanLength / 2,
  };
}
