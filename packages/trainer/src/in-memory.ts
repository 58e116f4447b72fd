// Training and measuring in memory: nothing here reads or writes files, or imports a module of Node, so it runs in pages too.
export { NonFiniteTraining, TrainerError, type TrainerErrorCode } from './errors.js';
export { type EvaluateKlOptions, evaluateKl, type KlEvaluation } from './evaluation/evaluate-kl.js';
export {
  type EvaluatePolicyOptions,
  evaluatePolicy,
  type PolicyEvaluator,
  policyEvaluator,
} from './evaluation/evaluate-policy.js';
export type {
  EvaluationControl,
  JudgedResponse,
  MeasuredKl,
  PolicyEvaluation,
  PolicyEvaluatorOptions,
} from './evaluation/policy-evaluation.js';
export { supervisedLoss } from './evaluation/supervised-loss.js';
export { type ScoreOptions, scoreSequences } from './inference/score-sequences.js';
export type { MomentPrecision } from './optimizer/adam-moments.js';
export { type AdamW, type AdamWSettings, type AdamWState, createAdamW } from './optimizer/adamw.js';
export { clippingFactor, globalNorm } from './optimizer/gradient-clipping.js';
export {
  constantSchedule,
  cosineSchedule,
  linearSchedule,
  type Schedule,
  type SchedulePosition,
} from './optimizer/schedules.js';
export type { StepOptions, TrainingStep, UpdateOptions } from './stages/parameter-updates.js';
export {
  type PreferenceStep,
  type PreferenceSteps,
  type PreferenceStepsOptions,
  preferenceSteps,
} from './stages/preference-steps.js';
export {
  type SupervisedSteps,
  type SupervisedStepsOptions,
  supervisedSteps,
} from './stages/supervised-steps.js';
