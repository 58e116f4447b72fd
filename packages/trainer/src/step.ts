// Training in memory, step by step: nothing here reads or writes files, so it runs in pages too.
export { NonFiniteTraining, TrainerError, type TrainerErrorCode } from './errors.js';
export { type AdamW, type AdamWSettings, type AdamWState, createAdamW } from './optimizer/adamw.js';
export { clippingFactor, globalNorm } from './optimizer/gradient-clipping.js';
export {
  constantSchedule,
  cosineSchedule,
  linearSchedule,
  type Schedule,
  type SchedulePosition,
} from './optimizer/schedules.js';
export {
  type PreferenceStep,
  type PreferenceSteps,
  type PreferenceStepsOptions,
  preferenceSteps,
} from './stages/preference-steps.js';
