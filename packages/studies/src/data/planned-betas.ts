import type { PlannedBetas, StudyRun } from './study-data.js';

/** The β of runs by method and data set, falling, in the order in which methods first come. */
export function plannedBetas(
  runs: readonly (Pick<StudyRun, 'beta' | 'data'> & { readonly method: { readonly title: string } })[],
): PlannedBetas[] {
  const found = new Map<string, PlannedBetas>();
  for (const { method, beta, data } of runs) {
    const key = `${method.title}\u0000${data}`;
    const { betas = [] } = found.get(key) ?? {};
    found.set(key, {
      method: method.title,
      data,
      betas: [...new Set([...betas, beta])].toSorted((a, b) => b - a),
    });
  }
  return [...found.values()];
}
