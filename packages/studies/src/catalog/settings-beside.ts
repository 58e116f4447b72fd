import { besideFile, isLayer, type Layer } from '@ais/pipeline/settings';

/** Settings of a study that may be a path. */
const PATHS = ['source', 'template', 'gold.judge', 'judge.template', 'api.cache', 'agreement.pairs'];

/** Settings of a study that are from a file, whose paths (`./…`, `../…`) start at that file, those of its runs too. */
export function settingsBeside(layer: Layer, file: string): Layer {
  const own = besideFile(layer, file, PATHS);
  const { runs } = own;
  if (!Array.isArray(runs)) return own;
  const beside = (run: unknown): unknown =>
    isLayer(run) ? besideFile(run, file, ['method.objective']) : run;
  return { ...own, runs: runs.map(beside) };
}
