import type { Json } from '../../files/json.js';
import type { Metadata } from './metadata.js';
import { tokenRoles } from './token-roles.js';

/** What begins a word, in place of the space before it. */
const WORD = '▁';

/** Longer tokens are not those of words, and every way to divide one is looked at. */
const LONGEST = 256;

/** The parts of a `tokenizer.json` that cut a text into tokens, and that put it together again. */
export interface TextParts {
  readonly normalizer: Json | null;
  readonly preTokenizer: Json | null;
  readonly decoder: Json;
  readonly model: Json;
}

/**
 * A tokenizer of SentencePiece's kind, which has scores in place of merges: spaces become ▁, one is put before the
 * text, and what no token covers becomes tokens of single bytes.
 *
 * @param tokens the vocabulary
 * @throws {CheckpointError} `checkpoint-corrupt`
 */
export function sentencePiece(metadata: Metadata, vocabulary: ReadonlyMap<string, number>): TextParts {
  const key = 'tokenizer.ggml.scores';
  const scores = metadata.numbers(key);
  if (Array.prototype.some.call(scores, (score: number) => !Number.isFinite(score))) {
    metadata.corrupt(key, 'finite numbers');
  }
  const startsWithSpace = metadata.boolean('tokenizer.ggml.add_space_prefix', true);
  const space = (from: string, to: string): Json => ({
    type: 'Replace',
    pattern: { String: from },
    content: to,
  });
  const { unknown = 0 } = tokenRoles(metadata).ids;
  return {
    normalizer: {
      type: 'Sequence',
      normalizers: [...(startsWithSpace ? [{ type: 'Prepend', prepend: WORD }] : []), space(' ', WORD)],
    },
    preTokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        space(WORD, ' '),
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(startsWithSpace ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: [...vocabulary].find(([, id]) => id === unknown)?.[0] ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary),
      merges: mergesOf(vocabulary, scores, () => metadata.corrupt('tokenizer.ggml.tokens', 'short tokens')),
    },
  };
}

/**
 * The merges that the scores stand for: every way to divide a token into two others, the highest score first; of one score,
 * the longer first part first, and then the longer second one, as `transformers` converts them.
 */
function mergesOf(
  vocabulary: ReadonlyMap<string, number>,
  scores: ArrayLike<number>,
  tooLong: () => never,
): string[] {
  const merges: {
    readonly pair: string;
    readonly score: number;
    readonly first: number;
    readonly second: number;
  }[] = [];
  for (const [token, id] of vocabulary) {
    const characters = Array.from(token);
    if (characters.length > LONGEST) tooLong();
    const ways: { readonly ids: readonly [number, number]; readonly parts: readonly [string, string] }[] = [];
    for (let cut = 1; cut < characters.length; cut++) {
      const parts = [characters.slice(0, cut).join(''), characters.slice(cut).join('')] as const;
      const [first, second] = parts.map((part) => vocabulary.get(part));
      if (first !== undefined && second !== undefined) ways.push({ ids: [first, second], parts });
    }
    ways.sort((a, b) => a.ids[0] - b.ids[0] || a.ids[1] - b.ids[1]);
    for (const { parts } of ways) {
      merges.push({
        pair: parts.join(' '),
        score: scores[id] ?? 0,
        first: Array.from(parts[0]).length,
        second: Array.from(parts[1]).length,
      });
    }
  }
  merges.sort((a, b) => b.score - a.score || b.first - a.first || b.second - a.second);
  return merges.map(({ pair }) => pair);
}
