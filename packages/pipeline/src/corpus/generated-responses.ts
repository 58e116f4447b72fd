import { readFaults } from '@ais/data';
import { openRows, type Row } from '@ais/data/formats';
import { PipelineError } from '../errors.js';
import type { TokenOwner } from './model-text.js';

/** One row of what `ais generate` writes: with tokens if they are of a model of our own, else text alone. */
export interface GeneratedResponse extends Partial<TokenOwner> {
  readonly id: string;
  readonly sample: number;
  readonly prompt?: readonly number[];
  readonly response?: readonly number[];
  readonly promptText: string;
  readonly responseText: string;
  /** Whether the response ended by itself. */
  readonly finished: boolean;
  readonly family?: string;
  /** log μ of the response, nats; only where it was drawn from μ itself: at temperature 1, without top-k and top-p. */
  readonly logProb?: number;
}

/**
 * Reads what `ais generate` wrote.
 *
 * @throws {PipelineError} naming file, row, and field
 * @example
 * const responses = () => readGenerated('responses.jsonl'); // what `ais generate --out responses.jsonl` wrote
 */
export async function readGenerated(name: string): Promise<GeneratedResponse[]> {
  const found: GeneratedResponse[] = [];
  for await (const row of openRows(name).rows(readFaults())) {
    // Tokens are in every row or in none, as the first one says.
    const hasTokens = !isAbsent(found.length > 0 ? found[0]?.prompt : row.value['prompt']);
    found.push(generatedResponse(row, name, hasTokens));
  }
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
  ['finished', (value) => isAbsent(value) || typeof value === 'boolean', 'true or false'],
];

const tokenFields = ['prompt', 'response'] as const;

function generatedResponse({ value, place }: Row, name: string, hasTokens: boolean): GeneratedResponse {
  const tokens = tokenFields.map((field) =>
    hasTokens
      ? ([field, isTokens, 'a list of tokens'] as const)
      : ([field, isAbsent, 'no tokens, as in the first row'] as const),
  );
  for (const [field, is, what] of [...expected, ...tokens]) {
    if (is(value[field])) continue;
    const where = place.line === undefined ? `row ${place.row}` : `line ${place.line}`;
    throw new PipelineError(
      'invalid-setting',
      `${name}, ${where}, field "${field}": expected ${what}, as ais generate writes it. Repair or remove the row.`,
      { key: 'responses' },
    );
  }
  return { finished: true, ...value } as unknown as GeneratedResponse;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
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
  const owners = [...new Set(responses.map(({ tokenizer }) => tokenizer))];
  const [owner, other] = owners;
  if (owners.length === 1) return owner;
  throw new PipelineError(
    'another-tokenizer',
    `${name} has responses of two tokenizers, ${owner ?? 'unnamed'} and ${other ?? 'unnamed'}. Keep the responses of each model in a file of their own.`,
    { key: 'responses' },
  );
}
