import type { Tensor1D, Tensor2D, Tensor3D, Variable } from '@tensorflow/tfjs-core';
import type { AnyTokens } from '../batch/given-tokens.js';
import type { PairTokens, PromptResponse, WeightedSequence } from '../batch/sequences.js';
import type { Architecture, ModelConfiguration } from '../families/architecture.js';
import type { GenerateOptions, Generation } from '../generation/generation.js';

/** Summed log-probabilities of the responses, in nats, [pairs] each. */
export interface PairLogProbs {
  readonly chosen: Tensor1D;
  readonly rejected: Tensor1D;
}

/** WPO's certainty, m = mean over response tokens of log π(y_t) − log Σ_v π(v)², [pairs]; constants of the update. */
export interface PairCertainty {
  readonly chosenCertainty: Tensor1D;
  readonly rejectedCertainty: Tensor1D;
}

/** What a reference model says of the same responses, [pairs], in nats; constants of the update. */
export interface PairReference {
  /** Summed log π_ref(response | prompt). */
  readonly referenceChosen: Tensor1D;
  readonly referenceRejected: Tensor1D;
  /** Σ over the response's tokens of KL(π(·|x, y_<t) ‖ π_ref(·|x, y_<t)), over the whole vocabulary. */
  readonly chosenKl: Tensor1D;
  readonly rejectedKl: Tensor1D;
}

/** log π(y_t | x, y_<t) of the responses' tokens, response after response, in nats, [tokens] each; differentiable like the sums. */
export interface PairTokenLogProbs {
  readonly chosenTokens: Tensor1D;
  readonly rejectedTokens: Tensor1D;
}

/** What else to compute of pairs in the same pass. */
export interface PairLogProbsOptions {
  readonly certainty?: boolean;
  /** Whether the log-probability of each token comes too. */
  readonly tokens?: boolean;
  /** A model of this package with the same vocabulary. */
  readonly reference?: CausalLanguageModel;
}

/** Log-probabilities of pairs, with the further columns that the options ask for. */
export type PairLogProbsWith<Options extends PairLogProbsOptions> = PairLogProbs &
  (Options extends { readonly certainty: true } ? PairCertainty : unknown) &
  (Options extends { readonly tokens: true } ? PairTokenLogProbs : unknown) &
  (Options extends { readonly reference: CausalLanguageModel } ? PairReference : unknown);

/** Logits at response tokens that are made from the last hidden states as they are asked for. */
export interface ResponseLogitRows {
  /** [all response tokens, vocabulary] */
  readonly shape: readonly [rows: number, vocabulary: number];
  /**
   * The logits of `size` rows from `start` on, [size, vocabulary]: a new tensor, the caller's.
   *
   * @throws {LanguageModelError} `invalid-option` for rows that there are not; `disposed` once these or the model are
   */
  slice(start: number, size: number): Tensor2D;
  /** Frees the hidden states. */
  dispose(): void;
}

/** A model of the next token given those before it. Tokens may come in arrays or in typed arrays. */
export interface CausalLanguageModel {
  /** The family that the model belongs to. */
  readonly architecture: Architecture;
  readonly configuration: ModelConfiguration;
  /** By their Hugging Face names, in Hugging Face's order and shapes; matrices are [out, in], GPT-2's too. */
  readonly parameters: ReadonlyMap<string, Variable>;
  /** Logits of the next token, [batch, time, vocabulary]; the sequences must be equally long. No gradient. */
  logits(tokens: readonly ArrayLike<number>[]): Tensor3D;
  /**
   * Summed log π(response | prompt) of both responses of each pair, differentiable in the parameters.
   *
   * With `certainty` and `reference`, also what `PairCertainty` and `PairReference` hold, without a gradient; with `tokens`, what
   * `PairTokenLogProbs` holds, with one.
   */
  responseLogProbs<const Options extends PairLogProbsOptions = object>(
    pairs: readonly AnyTokens<PairTokens>[],
    options?: Options,
  ): PairLogProbsWith<Options>;
  /** Σ_t weights[t] · log π(tokens[t] | tokens[<t]), [sequences], differentiable in the parameters. */
  sequenceLogProbs(sequences: readonly AnyTokens<WeightedSequence>[]): Tensor1D;
  /**
   * log π(y_t | x, y_<t) at every response token, [all response tokens], rows in order; differentiable in the parameters. The logits
   * never exist whole.
   */
  tokenLogProbs(sequences: readonly AnyTokens<PromptResponse>[]): Tensor1D;
  /** Logits at every response token, [all response tokens, vocabulary], rows in order. No gradient. */
  responseLogits(sequences: readonly AnyTokens<PromptResponse>[]): Tensor2D;
  /** The same rows, each computed when it is asked for: never [all response tokens, vocabulary] at once. No gradient. */
  responseLogitRows(sequences: readonly AnyTokens<PromptResponse>[]): ResponseLogitRows;
  /** Samples responses; by prompt, then by sample. */
  generate(prompts: readonly ArrayLike<number>[], options: GenerateOptions): Promise<Generation[]>;
  dispose(): void;
}

/** A scalar score of a whole sequence: a transformer with a linear head at the last token. */
export interface RewardModel {
  /** The family that the model belongs to. */
  readonly architecture: Architecture;
  readonly configuration: ModelConfiguration;
  /** By their Hugging Face names (`…ForSequenceClassification`), in Hugging Face's order and shapes; matrices are [out, in]. */
  readonly parameters: ReadonlyMap<string, Variable>;
  /** Subtracted from every score, so that the scores of chosen texts average 0; saved with the model. */
  offset: number;
  /** The score at each sequence's last token, [sequences], differentiable in the parameters. */
  scores(sequences: readonly ArrayLike<number>[]): Tensor1D;
  dispose(): void;
}
