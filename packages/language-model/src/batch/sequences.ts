/** A prompt with its preferred and its rejected response, as tokens; responses end with the end-of-text token. */
export interface PairTokens {
  readonly prompt: readonly number[];
  readonly chosen: readonly number[];
  readonly rejected: readonly number[];
}

/** A sequence and the weight of each token's log-probability; the first token's weight must be 0. */
export interface WeightedSequence {
  readonly tokens: readonly number[];
  readonly weights: readonly number[];
}

/** A prompt and one response to it, as tokens. */
export interface PromptResponse {
  readonly prompt: readonly number[];
  readonly response: readonly number[];
}
