import { DataError } from '../errors.js';
import type { AddedTokenJson, TokenizerJson } from './tokenizer-json.js';

/** The tokens of a `tokenizer.json`, and their ids. */
export interface Vocabulary {
  /** The model's own tokens, as they are written in the file. */
  readonly model: ReadonlyMap<string, number>;
  readonly added: readonly AddedTokenJson[];
  /** One more than the largest id. */
  readonly size: number;
  idOf(token: string): number | undefined;
}

/**
 * Reads the vocabulary of a `tokenizer.json` whose shape has been checked.
 *
 * @throws {DataError} `invalid-tokenizer` for an added token whose id is not the one that the Rust library gives it: the
 *   model's own for a token of the model, the next free one for others
 */
export function readVocabulary({ model, added_tokens: added }: TokenizerJson, file: string): Vocabulary {
  const vocab = model.vocab as Readonly<Record<string, number>> | readonly [string, number][];
  const own = new Map(Array.isArray(vocab) ? vocab.map(([token], id) => [token, id]) : Object.entries(vocab));
  const ids = new Map<string, number>();
  let size = 0;
  for (const id of own.values()) size = Math.max(size, id + 1);
  let next = own.size;
  for (const { content, id } of added ?? []) {
    const due = ids.get(content) ?? own.get(content) ?? next++;
    if (id !== due) {
      throw new DataError(
        'invalid-tokenizer',
        `${file} gives its added token ${JSON.stringify(content)} the id ${id}, but Hugging Face's tokenizers gives it ${due}. Correct the file.`,
        { place: { file, field: 'added_tokens' } },
      );
    }
    ids.set(content, id);
    size = Math.max(size, id + 1);
  }
  return { model: own, added: added ?? [], size, idOf: (token) => ids.get(token) ?? own.get(token) };
}
