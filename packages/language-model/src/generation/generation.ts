/** Options of `generate`: how many tokens, how they are drawn, and where responses end. */
export interface GenerateOptions {
  /** At most this many tokens per response, the stop token included. */
  readonly maxNewTokens: number;
  /** 0 is greedy, and so is anything below 1e-5. */
  readonly temperature: number;
  /** Draw among the k most probable tokens only. */
  readonly topK?: number;
  /** Draw among the fewest most probable tokens whose mass reaches p only. */
  readonly topP?: number;
  /** Responses per prompt; 1 by default. */
  readonly samples?: number;
  readonly seed: number;
  /**
   * The number of each prompt's random streams; its index by default. So a long list may be sampled in parts, and
   * each response is what it would be in one call, up to float error.
   */
  readonly streams?: readonly number[];
  /** The token that ends a response, or several; the configuration's `endOfTextTokens` by default. `[]` for none. */
  readonly stopToken?: number | readonly number[];
  /** Rows computed at once at most; from the model's size by default. Does not change the results, up to float error. */
  readonly batchRows?: number;
  /**
   * Whether greedy responses are guessed ahead from what came before, and several tokens checked at once, where native operations
   * work on few rows: the same text in fewer steps. True by default.
   */
  readonly lookahead?: boolean;
  /** Called with each token of each response as it is chosen: a response's in order, responses among each other in no promised one. */
  readonly onToken?: (token: GeneratedToken) => void;
  /** Called each time that all rows computed at once have got a token. */
  readonly onProgress?: (progress: GenerateProgress) => void;
  readonly signal?: AbortSignal;
}

/** One new token of one response. */
export interface GeneratedToken {
  /** Index of the prompt, and of the sample of that prompt. */
  readonly prompt: number;
  readonly sample: number;
  /** Its place in the response, from 0. */
  readonly place: number;
  readonly token: number;
  /** log π of the token at temperature 1, in nats. */
  readonly logProb: number;
  /** Whether it ends its response, as the stop token or the last that `maxNewTokens` allows. */
  readonly last: boolean;
}

/** How far a generation has come. */
export interface GenerateProgress {
  readonly finishedResponses: number;
  readonly responses: number;
  readonly generatedTokens: number;
}

/** One response that a model has generated. */
export interface Generation {
  /** Index of the prompt. */
  readonly prompt: number;
  /** Index of the sample of that prompt. */
  readonly sample: number;
  /** The response; it ends with the stop token where `finished`. */
  readonly tokens: number[];
  /** log π of each token at temperature 1, in nats. */
  readonly logProbs: number[];
  readonly finished: boolean;
}
