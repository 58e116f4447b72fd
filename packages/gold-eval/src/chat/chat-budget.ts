import { GoldEvalError } from '../errors.js';
import type { ChatUsage } from './chat-client.js';

/** What may be spent at most; without limits by default. Answers from the cache cost nothing. */
export interface ChatBudget {
  /** Requests, failed and repeated ones included. */
  readonly calls?: number | undefined;
  /** Tokens of prompts and answers. The last calls before the limit may go beyond it. */
  readonly tokens?: number | undefined;
}

/** Counts what a client spends, and stops it at its budget. */
export class Spending {
  #calls = 0;
  #promptTokens = 0;
  #completionTokens = 0;
  #cached = 0;

  constructor(
    private readonly name: string,
    private readonly budget: ChatBudget,
  ) {
    for (const [key, limit] of Object.entries(budget)) {
      if (limit === undefined || (Number.isInteger(limit) && limit >= 0)) continue;
      throw new GoldEvalError('invalid-option', `budget.${key} must be an integer ≥ 0, got ${limit}.`);
    }
  }

  /** Counts a call that is about to be made. */
  call(): void {
    const { calls = Number.POSITIVE_INFINITY, tokens = Number.POSITIVE_INFINITY } = this.budget;
    const spent = this.#promptTokens + this.#completionTokens;
    if (this.#calls >= calls || spent >= tokens) {
      const limit = this.#calls >= calls ? `${calls} calls` : `${tokens} tokens`;
      throw new GoldEvalError(
        'budget-spent',
        `the budget of ${limit} to ${this.name} is spent (${this.#calls} calls, ${spent} tokens). All answers so far are ` +
          'in the cache: raise the budget and run again, and only what is missing is asked.',
      );
    }
    this.#calls += 1;
  }

  tokens(promptTokens: number, completionTokens: number): void {
    this.#promptTokens += promptTokens;
    this.#completionTokens += completionTokens;
  }

  /** @throws {GoldEvalError} if the budget counts tokens that the server does not report */
  unreported(): void {
    if (this.budget.tokens === undefined) return;
    throw new GoldEvalError(
      'invalid-option',
      `${this.name} does not report the tokens it uses, so budget.tokens cannot be kept; use budget.calls.`,
    );
  }

  cached(): void {
    this.#cached += 1;
  }

  usage(): ChatUsage {
    return {
      calls: this.#calls,
      promptTokens: this.#promptTokens,
      completionTokens: this.#completionTokens,
      cached: this.#cached,
    };
  }
}
