import { readFaults, type TokenizedPair } from '@ais/data';
import { isChatTemplate } from '@ais/data/chat';
import { openRows, type Row } from '@ais/data/formats';
import { type ModelText, requireOwner, tokenOwner } from '../corpus/model-text.js';
import type { PreferencePairs, ReadPairsOptions } from './preference-pairs.js';
import { isGiven, isTokens, noPairsError, pairFault, placeOf } from './rows-of-pairs.js';

/** Which column of a file has a field. */
export type ColumnOf = (field: string) => string;

/** Columns of the log-probabilities of both responses. */
export const LOG_PROBS = ['chosenLogProb', 'rejectedLogProb'] as const;
/** Columns that rows of tokens may have. */
export const TOKEN_COLUMNS: readonly string[] = [
  'id',
  'prompt',
  'chosen',
  'rejected',
  'family',
  'tokenizer',
  'template',
  ...LOG_PROBS,
];
/** Columns that some rows may lack; that is said, with what it means. */
const PARTIAL = ['family', 'tokenizer'] as const;
const PARTIAL_MEANS: Readonly<Record<(typeof PARTIAL)[number], string>> = {
  family: 'Only their prompt keeps them on one side of a split.',
  tokenizer: "Their tokens are taken to be the model's.",
};

/**
 * Reads rows of tokens, as `ais label` writes them, with log-probabilities in every row or in none.
 *
 * @param columnOf which column has a field
 * @throws {PipelineError} `invalid-setting` naming file, row, and field; `too-little-text` where there is no row
 */
export async function readTokenPairs(
  name: string,
  text: ModelText,
  columnOf: ColumnOf,
  { logProbs: wanted = true, numbers = [], columns = {}, onWarning }: ReadPairsOptions,
): Promise<PreferencePairs> {
  const { tokenizer } = text;
  const pairs: TokenizedPair[] = [];
  const logProbs: { row: Row; chosen: unknown; rejected: unknown }[] = [];
  const given: Record<(typeof PARTIAL)[number], number> = { family: 0, tokenizer: 0 };
  const rendered = renderedWith(text);
  let otherwise = 0;
  const numbered = numbers.map((number) => [number, columns[number] ?? number] as const);
  const read = [...TOKEN_COLUMNS.map(columnOf), ...numbered.map(([, column]) => column)];
  for await (const row of openRows(name).rows(readFaults(), read)) {
    const { value, key } = row;
    for (const column of PARTIAL) given[column] += Number(isGiven(value[columnOf(column)]));
    const tokens = (part: 'prompt' | 'chosen' | 'rejected'): number[] => {
      const field = columnOf(part);
      const found = value[field];
      if (isTokens(found) && found.every((token) => token >= 0 && token < tokenizer.vocabularySize)) {
        return found;
      }
      throw pairFault(
        row,
        field,
        `expected tokens from 0 to ${tokenizer.vocabularySize - 1}, as in the first row. Repair or remove the row`,
        name,
      );
    };
    const [owner, family] = ['tokenizer', 'family'].map((field) => value[columnOf(field)]);
    const known = {
      id: idOf(row, columnOf('id'), key, name),
      ...(typeof family === 'string' && { family }),
      ...(numbered.length > 0 && {
        numbers: Object.fromEntries(
          numbered.map(([number, column]) => [number, numberOf(row, column, name)]),
        ),
      }),
    };
    requireOwner(typeof owner === 'string' ? { tokenizer: owner } : {}, text, placeOf(row, name));
    otherwise += Number(isOtherwise(value[columnOf('template')], rendered?.template));
    pairs.push({
      ...known,
      prompt: tokens('prompt'),
      chosen: tokens('chosen'),
      rejected: tokens('rejected'),
    });
    const [chosen, rejected] = LOG_PROBS.map((field) => value[columnOf(field)]);
    logProbs.push({ row, chosen, rejected });
  }
  if (pairs.length === 0) throw noPairsError(name);
  for (const column of PARTIAL) {
    const missing = pairs.length - given[column];
    if (given[column] === 0 || missing === 0) continue;
    onWarning(
      `${name}: ${missing} of ${pairs.length} pairs have no ${column}, but the others do. ${PARTIAL_MEANS[column]}`,
    );
  }
  if (otherwise > 0) {
    onWarning(
      `${name}: ${otherwise} of ${pairs.length} pairs were not rendered as the model's prompts are (${rendered?.variables}): their template, or its variables, were others. Make them again with ais generate and ais label, or give --template-variables as they were.`,
    );
  }
  const behavior = wanted ? logProbsOf(logProbs, columnOf, name) : undefined;
  return { pairs, ...(behavior && { behavior }) };
}

/** Which template renders conversations for a model, where variables are given to it; undefined where none are. */
function renderedWith(
  text: ModelText,
): { readonly template: string | undefined; readonly variables: string } | undefined {
  const { template } = text;
  const { variables } = template && isChatTemplate(template) ? template.toJSON() : {};
  if (variables === undefined) return undefined;
  return { template: tokenOwner(text).template, variables: JSON.stringify(variables) };
}

/** Whether a row says that another template rendered it than is expected; many rows, and many models, say nothing. */
function isOtherwise(template: unknown, expected: string | undefined): boolean {
  return expected !== undefined && typeof template === 'string' && template !== expected;
}

/** A value as JSON has it; what is too large for a number comes as a bigint, also within lists and objects. */
function shown(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part));
}

/** Text or a number; a row without one has that of its place. */
function idOf(row: Row, column: string, key: string, name: string): string {
  const id = row.value[column] ?? key;
  if (typeof id !== 'object') return String(id);
  throw pairFault(row, column, `expected text or a number, got ${shown(id)}. Repair or remove the row`, name);
}

function numberOf(row: Row, column: string, name: string): number {
  const value = row.value[column];
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw pairFault(row, column, `expected a number, got ${shown(value)}. Repair or remove the row`, name);
}

/** The log-probabilities of all rows, or none if no row has any; some missing is an error that names the first such row. */
function logProbsOf(
  rows: readonly { readonly row: Row; readonly chosen: unknown; readonly rejected: unknown }[],
  columnOf: ColumnOf,
  name: string,
): PreferencePairs['behavior'] {
  if (!rows.some(({ chosen, rejected }) => isGiven(chosen) || isGiven(rejected))) return undefined;
  const number = (row: Row, field: string, value: unknown): number => {
    // Sums in float32 may end a little above 0.
    if (typeof value === 'number' && value <= 1e-3 && Number.isFinite(value)) return value;
    const problem = isGiven(value)
      ? `expected a log-probability, a finite number ≤ 0, got ${shown(value)}`
      : 'it is missing, and other rows have it';
    throw pairFault(
      row,
      columnOf(field),
      `${problem}. Fill it in, or remove the log-probabilities from all rows (or use --behavior reference)`,
      name,
    );
  };
  return {
    chosen: rows.map(({ row, chosen }) => number(row, 'chosenLogProb', chosen)),
    rejected: rows.map(({ row, rejected }) => number(row, 'rejectedLogProb', rejected)),
  };
}
