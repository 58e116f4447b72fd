import { readFaults } from '@ais/data';
import { openRows, type Row } from '@ais/data/formats';
import { PipelineError } from '../errors.js';
import type { TokenOwner } from './model-text.js';

/** One row of what `ais generate` writes. */
export interface GeneratedResponse extends Partial<TokenOwner> {
  readonly id: string;
  readonly sample: number;
  readonly prompt: readonly number[];
  readonly response: readonly number[];
  readonly promptText: string;
  readonly responseText: string;
  readonly finished: boolean;
  readonly family?: string;
  /** log μ of the response, nats; only where it was drawn from μ itself: at temperature 1, without top-k and top-p. */
  readonly logProb?: number;
}

/**
 * Reads what `ais generate` wrote.
 *
 * @throws {PipelineError} naming file, row, and field
 */
export async function readGenerated(name: string): Promise<GeneratedResponse[]> {
  const found: GeneratedResponse[] = [];
  for await (const row of openRows(name).rows(readFaults())) found.push(generatedResponse(row, name));
  if (found.length > 0) return found;
  throw new PipelineError('too-little-text', `${name} has no responses.`, { key: 'responses' });
}

const expected: readonly (readonly [
  field: keyof GeneratedResponse,
  is: (value: unknown) => boolean,
  what: string,
])[] = [
  ['id', (value) => typeof value === 'string', 'text'],
  ['promptText', (value) => typeof value === 'string', 'text'],
  ['responseText', (value) => typeof value === 'string', 'text'],
  ['prompt', isTokens, 'a list of tokens'],
  ['response', isTokens, 'a list of tokens'],
];

function generatedResponse({ value, place }: Row, name: string): GeneratedResponse {
  for (const [field, is, what] of expected) {
    if (is(value[field])) continue;
    const where = place.line === undefined ? `row ${place.row}` : `line ${place.line}`;
    throw new PipelineError(
      'invalid-setting',
      `${name}, ${where}, field "${field}": expected ${what}, as ais generate writes it. Repair or remove the row.`,
      { key: 'responses' },
    );
  }
  return value as unknown as GeneratedResponse;
}

function isTokens(value: unknown): boolean {
  return Array.isArray(value) && value.every(Number.isSafeInteger);
}

/**
 * The tokenizer that responses say they are of; undefined if they do not say.
 *
 * @throws {PipelineError} `another-tokenizer` where two of them disagree
 */
export function ownerOf(responses: readonly GeneratedResponse[], name: string): string | undefined {
  const [owner, other] = new Set(responses.map(({ tokenizer }) => tokenizer));
  if (other === undefined) return owner;
  throw new PipelineError(
    'another-tokenizer',
    `${name} has responses of two tokenizers, ${owner ?? 'unnamed'} and ${other}. Keep the responses of each model in a file of their own.`,
    { key: 'responses' },
  );
}
