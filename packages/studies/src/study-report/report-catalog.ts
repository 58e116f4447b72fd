import { type StudyCatalog, studyCatalog } from '../catalog/catalog.js';
import type { Study } from '../study/study.js';
import { runComparison } from '../training-runs/run-comparison.js';

/** What a report may be of: the studies of the catalog, and training runs side by side. */
export function reportCatalog(others: readonly Study[] = []): StudyCatalog {
  const isTaken = others.some(({ name }) => name === runComparison.name);
  return studyCatalog(isTaken ? others : [runComparison, ...others]);
}
