import { ObjectivesError, type ObjectivesErrorCode } from '../errors.js';

/** What one law finds wrong: the cause in one sentence, and below it what shows it. */
export class BrokenLaw extends ObjectivesError {
  static override readonly codes: readonly ObjectivesErrorCode[] = ['broken-law'];
  override readonly name = 'BrokenLaw';
  /** The cause alone. */
  readonly summary: string;
  /** A line each: options, batch, seed. */
  readonly details: readonly string[];

  constructor(summary: string, details: readonly string[] = [], options?: ErrorOptions) {
    super('broken-law', [summary, ...details].join('\n  '), options);
    this.summary = summary;
    this.details = details;
  }
}

/** The deepest cause of an error, as one sentence: what a law says, or what the objective throws. */
export function causeOf(error: unknown): string {
  if (error instanceof BrokenLaw) return error.summary;
  const chain = [error];
  while (chain[0] instanceof Error && chain[0].cause !== undefined && !chain.includes(chain[0].cause)) {
    chain.unshift(chain[0].cause);
  }
  const [deepest, ...through] = chain.map(described);
  return `it throws ${deepest}${through.map((text) => `, which led to ${text}`).join('')}`;
}

function described(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
