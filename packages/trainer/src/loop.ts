export type { EvaluationRecord } from './loop/checkpoint-selection.js';
export { runTraining } from './loop/training-loop.js';
export { trainingSteps } from './loop/training-options.js';
export type { TrainingStage } from './loop/training-stage.js';
export { type AnyObjective, probeObjective } from './objective/objective-probe.js';
export {
  type AdamW,
  type AdamWState,
  createAdamW,
  type Gradients,
  type Parameters,
} from './optimizer/adamw.js';
export {
  accumulateGradients,
  type BatchGradients,
  type ExampleLosses,
} from './optimizer/gradient-accumulation.js';
export { clippingFactor, globalNorm } from './optimizer/gradient-clipping.js';
