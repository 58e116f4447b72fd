import { type EvaluationPoint, fallOverSeeds, overOptimization } from '@ais/gold-eval';
import { readEvaluations } from '@ais/pipeline';
import { finishedRuns } from '../collect/collect-study-data.js';
import { promptFamilies } from '../collect/prompt-families.js';
import { flattenSettings, reportedPoint } from '../collect/reported-evaluations.js';
import { type SearchData, type SearchedRate, writeSearch } from '../collect/search-data.js';
import type { ReportedPoint } from '../data/reported.js';
import { onCommonPrompts } from '../measures/common-prompts.js';
import { evaluation, squareRootKl } from '../measures/evaluation-point.js';
import { isFinding } from '../plan/study-store.js';
import type { PolicyStudySettings } from '../settings/study-settings.js';
import { softwareVersions } from '../stages/software-versions.js';
import { finishStages, type RunStudiesOptions } from './run-studies.js';

/**
 * Trains unweighted DPO at several learning rates, and writes what came out into `out`: `search.json` and `search.csv`.
 *
 * The rate to choose is the least at which the mean win rate over seeds falls by 10 points: methods then have something to differ
 * in, and least is lost to responses that stop at once.
 *
 * @param settings from `searchPreset`
 * @throws as `runStudies`
 * @example
 * const { settings, store } = await configureStudies({ name: 'search', learningRates: [1e-4, 3e-4] }, 'runs/study-store');
 * const search = async () => runSearch(settings[0], { store, out: 'runs/search', backend: await useBackend() });
 * console.log(settings.length); // 1
 */
export async function runSearch(
  settings: PolicyStudySettings,
  options: Omit<RunStudiesOptions, 'studies'>,
): Promise<SearchData> {
  const { store, plans, failure } = await finishStages({ ...options, studies: [settings] });
  const plan = plans.get(settings);
  const rates: SearchedRate[] = [];
  const curves = new Map<number, EvaluationPoint[][]>();
  const corpus = plan && (await store.read(plan.corpus));
  const clusters = plan && corpus ? await promptFamilies(await store.open(plan.corpus)) : undefined;
  for (const { run, seed, stage } of plan ? await finishedRuns(plan, store) : []) {
    const learningRate = run.training?.learningRate ?? settings.preference.learningRate;
    const points = (await readEvaluations(await store.open(stage, isFinding)))
      .map(reportedPoint)
      .map((point) => ({ ...point, ...(clusters && { clusters }) }));
    rates.push({ learningRate, seed, ...judged(points) });
    curves.set(learningRate, [...(curves.get(learningRate) ?? []), points.map(evaluation)]);
  }
  const { study: _, scale, source, seeds: __, runs, ...decisive } = settings;
  const data: SearchData = {
    scale,
    source,
    beta: runs[0]?.beta ?? Number.NaN,
    rates,
    falls: [...curves].map(([learningRate, own]) => {
      const { value: fall, low, high } = fallOverSeeds(onCommonPrompts(own)[0]);
      return { learningRate, seeds: own.length, fall, low, high };
    }),
    command: options.command?.(settings) ?? '',
    backend: options.backend.backend,
    versions: softwareVersions(),
    settings: flattenSettings(decisive),
  };
  await writeSearch(options.out, data);
  if (failure) throw failure(rates.length > 0);
  return data;
}

function judged(points: readonly ReportedPoint[]): Omit<SearchedRate, 'learningRate' | 'seed'> {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last) throw new Error('A finished run has evaluations.');
  const [curve = []] = onCommonPrompts([points.map(evaluation)])[0];
  const found = overOptimization(curve);
  return {
    start: curve[0]?.rate ?? Number.NaN,
    peak: found.peak.rate,
    end: curve.at(-1)?.rate ?? Number.NaN,
    peakFraction: found.peak.fraction,
    fall: found.fall,
    overOptimizes: found.significant,
    squareRootKl: squareRootKl(last),
    startLength: first.meanLength,
    endLength: last.meanLength,
    lengthCollapsed: last.meanLength < first.meanLength / 2,
  };
}
