import type { PolicyStudyData } from '../data/study-data.js';
import type { MeasuredNumber } from '../measures/measured-number.js';
import type { Bound } from './claim-decision.js';

/** One statement, and the one number that decides it. The bound is chosen before the study is run. */
export interface StudyClaim<Data = PolicyStudyData> {
  /** In a sentence. */
  readonly statement: string;
  /** What decides; undefined if the study lacks the runs that it is about. */
  readonly number: (study: Data) => MeasuredNumber | undefined;
  readonly bound: Bound;
  /** Numbers to read beside it, which decide nothing. */
  readonly beside?: (study: Data) => readonly MeasuredNumber[];
  /** Made up after its number had been seen: the verdict is a hint, and needs seeds of its own. */
  readonly foundAfterwards?: true;
}
