import type { Judge, WinRate } from '@ais/gold-eval';
import type { CausalLanguageModel, PromptResponse } from '@ais/language-model';
import type { Metrics } from '../loop/training-metrics.js';

/** What is measured, and how. */
export interface PolicyEvaluatorOptions {
  /** π_ref, for the exact KL divergence; without it, none is measured. */
  readonly reference?: Pick<CausalLanguageModel, 'responseLogitRows'>;
  /** Judges the responses beside the examples' own, by rewards or in pairs; without it, there is no win rate. */
  readonly scorer?: Judge<PromptResponse>;
  /** What the scorer gave the examples' own responses, where that is known; by default the first call scores them. */
  readonly referenceRewards?: readonly number[];
  /** Whether to measure the loss on the examples' own responses; true by default. */
  readonly loss?: boolean;
  /** Most tokens of a response, the end-of-text token included. */
  readonly maxNewTokens: number;
  /** Of the judged responses; 0.01 by default, as in the source paper. 0 is greedy. */
  readonly temperature?: number;
  /**
   * Of the responses that the KL divergence is measured on; 1 by default, where their mean is that of whole sequences. At the
   * temperature of the judged responses it is measured along those.
   */
  readonly klTemperature?: number;
  /** The KL divergence is measured on this many prompts, the first ones; 512 by default. */
  readonly klPrompts?: number;
  readonly seed: number;
  /** Sequences in one call of the models (loss: 16, kl: 8) or of the scorer (score: 64). Results differ by rounding at most. */
  readonly batchSizes?: { readonly loss?: number; readonly score?: number; readonly kl?: number };
}

/** How a call of an evaluator is followed and stopped. */
export interface EvaluationControl {
  /** Only this many examples, from the first; all by default. */
  readonly prompts?: number;
  readonly signal?: AbortSignal;
  /** Told of responses sampled, scored, and measured, out of as many as there will be. */
  readonly onProgress?: (completed: number, total: number) => void;
}

/** A response to an example's prompt. */
export interface JudgedResponse {
  readonly id: string;
  readonly tokens: readonly number[];
  /** Tokens, end-of-text included. */
  readonly length: number;
  /** Whether it ended by itself. */
  readonly finished: boolean;
  /**
   * What the scorer gave it, and what it gave the example's own response; of a judge that compares, 1, ½, or 0 for the better,
   * an equal, or the worse response. Absent without a scorer.
   */
  readonly reward?: number;
  readonly referenceReward?: number;
}

/** What was measured. */
export interface PolicyEvaluation {
  /** By the names under which they go into metrics.jsonl. */
  readonly metrics: Metrics;
  /** One per example, in order. */
  readonly responses: readonly JudgedResponse[];
  /** Against the examples' own responses; absent without a scorer. */
  readonly winRate?: WinRate;
  /** 1, ½ (tie), or 0 for each response, in order; absent without a scorer. */
  readonly outcomes?: readonly number[];
  /** Exact KL(π_θ‖π_ref) of whole responses in nats; absent without a reference. */
  readonly kl?: MeasuredKl;
}

/** A KL divergence of whole responses in nats, with that of each response, in the order of the examples. */
export interface MeasuredKl {
  readonly mean: number;
  readonly standardError: number;
  readonly perPrompt: readonly number[];
}
