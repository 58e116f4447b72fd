import type { CausalLanguageModel, RewardModel } from '@ais/language-model';
import type { Parameters } from '../optimizer/adamw.js';
import type { ExampleLosses } from '../optimizer/gradient-accumulation.js';
import type { JsonObject } from '../run/json.js';
import type { Metrics } from './training-metrics.js';

/** What one kind of training adds to the loop. */
export interface TrainingStage {
  /** What kind of training it is, such as `sft` or `preference`; recorded in config.json. */
  readonly name: string;
  /** Recorded in config.json and compared on resume: data, model, and settings of this kind of training. */
  readonly configuration: JsonObject;
  /** What the optimizer moves. */
  readonly parameters: Parameters;
  /** The model that has the parameters; LoRA adapts it. */
  readonly model?: CausalLanguageModel | RewardModel;
  readonly exampleCount: number;
  recordId(index: number): string;
  /** Tokens that the model reads for an example: examples of similar size share a micro-batch. */
  tokens(index: number): number;
  /** What an example counts for in the mean: its trained tokens, or 1 for a pair. */
  weight(index: number): number;
  /**
   * Runs before a step computes its gradients: a stage that makes its examples itself (samples from the policy, asks a
   * reward model) does it here. What it makes depends on the indices, the step and the parameters alone; when the signal
   * aborts it throws, and the step is made again on resume.
   */
  prepare?(
    indices: readonly number[],
    context: { readonly step: number; readonly signal?: AbortSignal },
  ): Promise<void>;
  /** The examples' losses, each summed over its weight; called under the tape. */
  evaluate(indices: readonly number[]): ExampleLosses;
  /** Reduces the metrics, one value an example of the whole batch, to what is logged; the means by default. */
  summarize?(metrics: Readonly<Record<string, readonly number[]>>): Metrics;
  /** Runs after each step, a skipped one too, with how many there were: a reference that follows the policy moves here. */
  updated?(step: number): void;
  /** Runs after the last update, before the last checkpoint. When the signal aborts it throws and has changed nothing. */
  finish?(signal?: AbortSignal): Promise<void>;
  /** Writes the model in Hugging Face's layout. */
  save(directory: string): Promise<void>;
  /** Puts the weights that `save` wrote back into the model. */
  restore(directory: string): Promise<void>;
}
