import type { PartJson, TokenizerJson } from './tokenizer-json.js';

/** Where a tokenizer puts a space that the text does not have: before a text, or also behind each added token in it. */
export type Prepends = 'first' | 'each';

/**
 * Where a space before a text is put: SentencePiece's by the normalizer `Prepend`, as Llama 2's tokenizer does, or by the pre-tokenizer
 * `Metaspace`; GPT-2's by the pre-tokenizer `ByteLevel` with `add_prefix_space`. Undefined for tokenizers that add nothing.
 */
export function prependsTo({ normalizer, pre_tokenizer: splitter }: TokenizerJson): Prepends | undefined {
  const schemes = [...stepsWithin(normalizer), ...stepsWithin(splitter)].map(schemeOf);
  return (['each', 'first'] as const).find((scheme) => schemes.includes(scheme));
}

/** Steps of decoders that leave a space at the start of a text where it is. */
const KEEPS_SPACE: readonly string[] = ['ByteLevel', 'ByteFallback', 'Fuse', 'Replace'];

/** Whether decoding leaves the space that was put before a text; SentencePiece's decoders, with `Strip` or `Metaspace`, take it off. */
export function decodesPrepended(json: TokenizerJson): boolean {
  const steps = stepsWithin(json.decoder);
  return (
    prependsTo(json) !== undefined &&
    steps.length > 0 &&
    steps.every(({ type }) => KEEPS_SPACE.includes(type))
  );
}

function stepsWithin(json: PartJson | null | undefined): readonly PartJson[] {
  if (!json) return [];
  if (json.type !== 'Sequence') return [json];
  const steps = (json['normalizers'] ??
    json['pretokenizers'] ??
    json['decoders'] ??
    []) as readonly PartJson[];
  return steps.flatMap(stepsWithin);
}

function schemeOf(json: PartJson): Prepends | undefined {
  if (json.type === 'Prepend') return 'each';
  if (json.type === 'ByteLevel') return json['add_prefix_space'] === true ? 'each' : undefined;
  if (json.type !== 'Metaspace' || json['add_prefix_space'] === false) return undefined;
  const scheme = json['prepend_scheme'] ?? 'always';
  return scheme === 'never' ? undefined : scheme === 'first' ? 'first' : 'each';
}
