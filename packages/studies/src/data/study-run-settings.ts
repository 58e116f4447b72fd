import type { TrainingSettings } from '@ais/pipeline/settings';
import type { PreferenceData, StudyMethod } from './study-data.js';

/** One preference run as a study lists it: all seeds make it. */
export interface StudyRunSettings {
  readonly method: StudyMethod;
  readonly beta: number;
  readonly data: PreferenceData;
  /** What differs from the study's preference training; only a search has it. */
  readonly training?: Partial<TrainingSettings> | undefined;
}
