import type { PolicyStudyData } from '../data/study-data.js';
import type { Criterion, Numbers } from './claim-decision.js';

/** A claim, and when it counts as seen: decided before the study is run. */
export interface StudyClaim<Data = PolicyStudyData> {
  /** In a sentence. */
  readonly statement: string;
  /** What is measured for it; undefined if the study lacks the runs that it is about. */
  readonly measure: (study: Data) => Numbers | undefined;
  readonly criterion: Criterion;
}
