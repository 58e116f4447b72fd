import { DataError } from '../errors.js';
import type { Merge } from './byte-pair-encoding.js';
import type { TokenizerJson } from './tokenizer-json.js';

/**
 * The merges of a byte-pair model, written as `"a b"` or as `["a", "b"]`.
 *
 * They are checked for every engine: the Rust library ends the process over a merge that it cannot carry out.
 *
 * @param model the part of a `tokenizer.json` whose shape has been checked
 * @param vocabulary the model's tokens
 * @param file what messages call it
 * @returns undefined for models of other kinds
 * @throws {DataError} `invalid-tokenizer` for a merge whose parts or result the vocabulary lacks
 */
export function readMerges(
  model: TokenizerJson['model'],
  vocabulary: ReadonlyMap<string, number>,
  file: string,
): Merge[] | undefined {
  const { type = 'BPE', merges, continuing_subword_prefix: prefix } = model;
  if (type !== 'BPE' || !Array.isArray(merges)) return undefined;
  // A token inside a word is written with the prefix, which it loses to the token before it.
  const start = typeof prefix === 'string' ? prefix : '';
  return merges.map((merge: string | [string, string]) => {
    const [left = '', right = '', ...others] = typeof merge === 'string' ? merge.split(' ') : merge;
    const ids = [left, right, left + right.slice(start.length)].map((token) => vocabulary.get(token));
    const [leftId, rightId, merged] = ids;
    const isWhole = right.startsWith(start) && others.length === 0;
    if (isWhole && leftId !== undefined && rightId !== undefined && merged !== undefined) {
      return { left: leftId, right: rightId, merged };
    }
    throw new DataError(
      'invalid-tokenizer',
      `${file} has the merge ${JSON.stringify(merge)}, but not all of its tokens. It is damaged: get it again.`,
      { place: { file, field: 'model.merges' } },
    );
  });
}
