import { LanguageModelError } from '../errors.js';

/**
 * A row of tokens, possibly with two branches after a shared stem: `[stem | first branch | second branch]`.
 *
 * Tokens from `branchTo` on do not see those in [branchFrom, branchTo), and their positions continue from
 * `branchFrom`: to each branch, the row reads as if the other were not there. A plain row has
 * `branchFrom = branchTo = tokens.length`.
 */
export interface TokenRow {
  readonly tokens: readonly number[];
  readonly branchFrom: number;
  readonly branchTo: number;
}

/** A rectangle: rows padded on the right to one length; token t of row b is row b·time + t of its [tokens, …] matrices. */
export interface TokenRows {
  readonly batch: number;
  /** The longest row's length. */
  readonly time: number;
  readonly rows: readonly TokenRow[];
  /** [batch · time]; padding is token 0: attention is causal, so no token sees the padding after it. */
  readonly tokens: Int32Array;
  /** [batch · time]; the positions that the model is told. */
  readonly positions: Int32Array;
  /** Whether no row branches, so that one causal mask and one table of positions serve all. */
  readonly plain: boolean;
}

/** A row without branches. */
export function plainRow(tokens: readonly number[]): TokenRow {
  return { tokens, branchFrom: tokens.length, branchTo: tokens.length };
}

/** A row of a stem and two branches that do not see each other. */
export function branchedRow(
  stem: readonly number[],
  first: readonly number[],
  second: readonly number[],
): TokenRow {
  return {
    tokens: [...stem, ...first, ...second],
    branchFrom: stem.length,
    branchTo: stem.length + first.length,
  };
}

/** @param where what has the token, such as `sequence 0` */
export function notAToken(token: number, vocabularySize: number, where?: string): LanguageModelError {
  return new LanguageModelError(
    'invalid-tokens',
    `${where === undefined ? '' : `${where}: `}${token} is not a token of a vocabulary of ${vocabularySize}; tokenize with the ` +
      'tokenizer that the model was trained with.',
  );
}

export interface RowLimits {
  readonly vocabularySize: number;
  readonly maxPositions: number;
}

/** @throws {LanguageModelError} `invalid-tokens` for what is no token of the vocabulary */
export function checkTokens(tokens: readonly number[], vocabularySize: number, where: string): void {
  for (const token of tokens) {
    if (!Number.isInteger(token) || token < 0 || token >= vocabularySize) {
      throw notAToken(token, vocabularySize, where);
    }
  }
}

/**
 * @param model what messages call the model whose limits these are
 * @throws {LanguageModelError} `invalid-tokens` naming the row
 */
export function checkRows(
  rows: readonly TokenRow[],
  { vocabularySize, maxPositions }: RowLimits,
  model = 'the model',
): void {
  rows.forEach(({ tokens, branchFrom, branchTo }, index) => {
    if (tokens.length === 0) {
      throw new LanguageModelError(
        'invalid-tokens',
        `sequence ${index} is empty; give it at least one token.`,
      );
    }
    checkTokens(tokens, vocabularySize, `sequence ${index}`);
    const longest = Math.max(branchTo, tokens.length - (branchTo - branchFrom));
    if (longest > maxPositions) {
      throw new LanguageModelError(
        'invalid-tokens',
        `sequence ${index} is ${longest} tokens long, but ${model} has ${maxPositions} positions; truncate the prompt.`,
      );
    }
  });
}

/** Pads checked rows into one rectangle. */
export function padRows(rows: readonly TokenRow[]): TokenRows {
  const time = rows.reduce((longest, { tokens }) => Math.max(longest, tokens.length), 0);
  const tokens = new Int32Array(rows.length * time);
  const positions = new Int32Array(rows.length * time);
  rows.forEach((row, index) => {
    const start = index * time;
    tokens.set(row.tokens, start);
    for (let t = 0; t < time; t++) {
      positions[start + t] = t < row.branchTo ? t : t - (row.branchTo - row.branchFrom);
    }
  });
  return {
    batch: rows.length,
    time,
    rows,
    tokens,
    positions,
    plain: rows.every((row) => row.branchFrom === row.branchTo),
  };
}

/**
 * Pads rows into one rectangle.
 *
 * @throws {LanguageModelError} `invalid-tokens` naming the row
 */
export function tokenRows(rows: readonly TokenRow[], limits: RowLimits): TokenRows {
  checkRows(rows, limits);
  return padRows(rows);
}
