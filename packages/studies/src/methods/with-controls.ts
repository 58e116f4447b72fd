import type { StudyRunSettings } from '../data/study-run-settings.js';
import { aisDpo, type ControlName, controls } from './methods.js';

/** The runs of a study at other β: each method on each data set at all of them. */
export function atBetas(
  runs: readonly StudyRunSettings[],
  betas: readonly number[],
): readonly StudyRunSettings[] {
  const methods = new Map(runs.map((run) => [JSON.stringify([run.method.title, run.data]), run]));
  return [...methods.values()].flatMap((run) => betas.map((beta) => ({ ...run, beta })));
}

/** The runs of a study with controls beside AIS-DPO, wherever it is run: at the same β, on the same data. */
export function withControls(
  runs: readonly StudyRunSettings[],
  names: readonly ControlName[],
): readonly StudyRunSettings[] {
  const key = ({ method, beta, data }: StudyRunSettings): string =>
    JSON.stringify([method.title, beta, data]);
  const known = new Set(runs.map(key));
  const beside = runs.filter(({ method }) => method.title === aisDpo.title);
  const added = names.flatMap((name) => beside.map((run) => ({ ...run, method: controls[name] })));
  return [...runs, ...added.filter((run) => !known.has(key(run)))];
}
