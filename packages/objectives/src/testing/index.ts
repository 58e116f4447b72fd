export {
  type BatchDescription,
  type FieldDescription,
  pairs,
  samples,
  sixtyFourths,
  type TokenBatchDescription,
  tokenPairs,
  tokenSamples,
  tokenUnpaired,
  unpaired,
} from './batch-description.js';
export type { Golden } from './golden.js';
export type { Limit } from './limit.js';
export {
  type LawName,
  type ObjectiveCheck,
  type ObjectiveTestOptions,
  objectiveChecks,
} from './objective-checks.js';
export type { Column, Rows } from './rows.js';
export { ConformanceError, testObjective } from './test-objective.js';
