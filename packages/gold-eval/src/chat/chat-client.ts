/** One turn of a conversation. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** Options of one request of a `ChatClient`. */
export interface ChatOptions {
  /** Sampling temperature; the server's default if it is left out. */
  readonly temperature?: number;
  /** Longest answer, in tokens; the server's default if it is left out. */
  readonly maxTokens?: number;
  /** What a limit on tokens is multiplied by that the client's own settings have in place of `maxTokens`; 1 by default. */
  readonly limitFactor?: number;
  /** How many answers; 1 by default. */
  readonly n?: number;
  /** Seed of sampling, for servers that have one. */
  readonly seed?: number;
  /** Stops at once, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What a model answered. */
export interface ChatAnswer {
  readonly text: string;
  /** Why it ended, in the server's words: `stop`; `length` if it was cut off at `maxTokens`; `refusal`; and so on. */
  readonly finishReason: string;
  /** What cut it off where that is not `maxTokens`: a setting by its name, and the tokens that it allowed, if it has a limit. */
  readonly limit?: { readonly name: string; readonly tokens?: number };
}

/** What a client has asked for so far. */
export interface ChatUsage {
  /** Requests that were sent, failed and repeated ones included. */
  readonly calls: number;
  /** Tokens of prompts and of answers, as the server counts them. */
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Requests that the cache answered. */
  readonly cached: number;
}

/** A language model that continues conversations: it judges, or it generates. */
export interface ChatClient {
  readonly specificationVersion: 'v1';
  /** Names the model in reports. */
  readonly name: string;
  /** Everything besides messages and options that decides the answers, for fingerprints. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** @returns [n] answers to the conversation */
  complete(messages: readonly ChatMessage[], options?: ChatOptions): Promise<readonly ChatAnswer[]>;
  usage(): ChatUsage;
}
