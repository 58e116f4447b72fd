import { hasNativeKernels, hasWasmKernels } from '@ais/runtime';
import type { ModelShape } from '../model-shape.js';
import { checkRows, padRows, type TokenRow, type TokenRows } from './token-rows.js';

/**
 * Rows of any lengths as one list of tokens: rectangles of rows of similar length, one after another.
 *
 * What works token by token sees the list; attention sees one rectangle at a time.
 */
export interface PackedRows {
  readonly rectangles: readonly TokenRows[];
  /** The rectangles' tokens, padding included. */
  readonly tokens: Int32Array;
  /** Their positions. */
  readonly positions: Int32Array;
  /** Where each row begins: its token t is row starts[row] + t of every [tokens, …] matrix. */
  readonly starts: Int32Array;
}

/** What of a model's shape packing depends on. */
type PackedShape = Pick<ModelShape, 'vocabularySize' | 'maxPositions' | 'hiddenSize'>;

/**
 * Packs rows, padding them as far as that saves time.
 *
 * @throws {LanguageModelError} `invalid-tokens` naming the row
 */
export function packRows(rows: readonly TokenRow[], shape: PackedShape): PackedRows {
  checkRows(rows, shape);
  const longestFirst = Array.from(rows.keys()).sort((a, b) => lengthOf(rows, b) - lengthOf(rows, a));
  const rectangles: TokenRows[] = [];
  const starts = new Int32Array(rows.length);
  let place = 0;
  let from = 0;
  for (const to of cheapestCuts(
    longestFirst.map((row) => lengthOf(rows, row)),
    shape,
  )) {
    const members = longestFirst.slice(from, to);
    const rectangle = padRows(members.map((row) => rows[row] as TokenRow));
    members.forEach((row, member) => {
      starts[row] = place + member * rectangle.time;
    });
    rectangles.push(rectangle);
    place += rectangle.tokens.length;
    from = to;
  }
  const tokens = new Int32Array(place);
  const positions = new Int32Array(place);
  let filled = 0;
  for (const rectangle of rectangles) {
    tokens.set(rectangle.tokens, filled);
    positions.set(rectangle.positions, filled);
    filled += rectangle.tokens.length;
  }
  return { rectangles, tokens, positions, starts };
}

const lengthOf = (rows: readonly TokenRow[], row: number): number => (rows[row] as TokenRow).tokens.length;

/** What one more rectangle costs a block, in the operations of a matrix product that takes as long. */
const rectangleCost = (): number => (hasNativeKernels() ? 0 : hasWasmKernels() ? 1e6 : 7e7);

/**
 * Where to cut rows, longest first, into rectangles, so that the time of all is least: the end of each.
 *
 * best(to) = min over from of best(from) + cost(rows from … to − 1 padded to the longest of them).
 */
function cheapestCuts(lengths: readonly number[], { hiddenSize }: PackedShape): number[] {
  const best = [0];
  const cut = [0];
  for (let to = 1; to <= lengths.length; to++) {
    best[to] = Number.POSITIVE_INFINITY;
    for (let from = 0; from < to; from++) {
      const time = lengths[from] as number;
      // A block's linear layers hold 12d² weights; attention multiplies each token's query and mixes values, 2·time·d each.
      const perToken = 24 * hiddenSize ** 2 + 4 * time * hiddenSize;
      const cost = (best[from] as number) + rectangleCost() + (to - from) * time * perToken;
      if (cost < (best[to] as number)) {
        best[to] = cost;
        cut[to] = from;
      }
    }
  }
  const ends: number[] = [];
  for (let to = lengths.length; to > 0; to = cut[to] as number) ends.unshift(to);
  return ends;
}
