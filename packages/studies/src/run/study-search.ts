import { overOptimization } from '@ais/gold-eval';
import { type RecordedEvaluation, readEvaluations } from '@ais/pipeline';
import { finishedRuns } from '../collect/collect-study-data.js';
import { flattenSettings, reportedPoint } from '../collect/reported-evaluations.js';
import { type SearchData, type SearchedRate, writeSearch } from '../collect/search-data.js';
import { evaluation, squareRootKl } from '../measures/evaluation-point.js';
import type { PolicyStudySettings } from '../settings/study-settings.js';
import { softwareVersions } from '../stages/software-versions.js';
import { finishStages, type RunStudiesOptions } from './run-studies.js';

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
  for (const { run, seed, stage } of plan ? await finishedRuns(plan, store) : []) {
    const learningRate = run.training?.learningRate ?? settings.preference.learningRate;
    rates.push({ learningRate, seed, ...judged(await readEvaluations(store.directory(stage))) });
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

function judged(evaluations: readonly RecordedEvaluation[]): Omit<SearchedRate, 'learningRate' | 'seed'> {
  const points = evaluations.map(reportedPoint);
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last) throw new Error('A finished run has evaluations.');
  const found = overOptimization(points.map(evaluation));
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
