import { DataError } from '../errors.js';
import { columnsOf, invalidRow, type Row } from '../records/row.js';

/** The last words of the names of columns that may have the prompt, likely ones first. */
const ASKING: readonly string[] = [
  ...['prompt', 'instruction', 'query', 'question', 'input', 'user', 'human', 'request', 'problem', 'post'],
  ...['text', 'message', 'conversation', 'dialogue', 'dialog', 'passage', 'article', 'document', 'context'],
  ...['history', 'system'],
];

/** The columns of a row, other than two responses, that by their names may have the prompt, the likeliest first. */
export function otherPrompts(row: Row, column: (field: string) => string): string[] {
  const responses = ['chosen', 'rejected'].map(column);
  const rankOf = (name: string): number => {
    const words = name
      .replace(/(?<=\p{Ll})(?=\p{Lu})/gu, '_')
      .toLowerCase()
      .split(/[^\p{L}]+/u);
    return ASKING.indexOf((words.at(-1) ?? '').replace(/(?<=.)s$/, ''));
  };
  return columnsOf(row)
    .filter((name) => {
      const isEmpty =
        Object.hasOwn(row.value, name) && [undefined, null, ''].includes(row.value[name] as null);
      return rankOf(name) >= 0 && !isEmpty && !responses.includes(name.split('.', 1)[0] ?? name);
    })
    .filter((name) => !/^(chosen|rejected)/i.test(name))
    .sort((a, b) => rankOf(a) - rankOf(b));
}

/** Two responses that do not begin alike, without a column that has their prompt; names one that may have it. */
export function noPrompt(row: Row, column: (field: string) => string, begins: string): DataError {
  const others = otherPrompts(row, column);
  const what = `${begins} "${column('rejected')}", so there is no prompt`;
  const remedy =
    others.length === 0 ? 'Give it a column of its own (prompt), or remove the row' : remedyOf(others);
  return invalidRow(row.place, 'missing-field', `${what}. ${remedy}`, { field: column('chosen') });
}

/**
 * Refuses texts whose prompt may be in a column that is not known, and not what they begin with.
 *
 * @throws {DataError} `unknown-columns`, naming the column; it is a row's fault only where each row brings its own columns
 */
export function requireNoOtherPrompt(row: Row, column: (field: string) => string): void {
  const others = otherPrompts(row, column);
  if (others.length === 0) return;
  const { detail, place } = invalidRow(
    row.place,
    'missing-field',
    `expected the prompt of "${column('chosen')}" and "${column('rejected')}" in a column prompt. ${remedyOf(others)}`,
  );
  throw new DataError('unknown-columns', detail, {
    place,
    ...(row.columns === undefined ? { fault: 'missing-field' } : {}),
  });
}

function remedyOf(others: readonly string[]): string {
  const names = others.map((name) => JSON.stringify(name));
  const several = others.length === 1 ? '' : `, or how ${names.join(' and ')} are put together (--template)`;
  return `Say that ${names[0]} has it (--columns prompt=${others[0]})${several}; if both responses begin with the prompt, remove ${others.length === 1 ? 'the column' : 'these columns'}`;
}
