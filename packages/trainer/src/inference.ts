export { rewardModelScorer } from './inference/reward-model-scorer.js';
export {
  type ResponseSample,
  type SampleResponsesOptions,
  sampleResponseShard,
  sampleResponses,
} from './inference/sample-responses.js';
export { type ScoreOptions, scoreSequences } from './inference/score-sequences.js';
