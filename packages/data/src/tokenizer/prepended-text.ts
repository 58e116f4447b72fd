import type { PartJson, TokenizerJson } from './tokenizer-json.js';

/** Where a tokenizer puts a space that the text does not have: before a text, or also behind each added token in it. */
export type Prepends = 'first' | 'each';

/**
 * Where SentencePiece's space before a text is put: by the normalizer `Prepend`, as Llama 2's tokenizer does, or by the
 * pre-tokenizer `Metaspace`. Undefined for tokenizers that add nothing.
 */
export function prependsTo({ normalizer, pre_tokenizer: splitter }: TokenizerJson): Prepends | undefined {
  const schemes = [...stepsWithin(normalizer), ...stepsWithin(splitter)].map(schemeOf);
  return (['each', 'first'] as const).find((scheme) => schemes.includes(scheme));
}

function stepsWithin(json: PartJson | null | undefined): readonly PartJson[] {
  if (!json) return [];
  if (json.type !== 'Sequence') return [json];
  const steps = (json['normalizers'] ?? json['pretokenizers'] ?? []) as readonly PartJson[];
  return steps.flatMap(stepsWithin);
}

function schemeOf(json: PartJson): Prepends | undefined {
  if (json.type === 'Prepend') return 'each';
  if (json.type !== 'Metaspace' || json['add_prefix_space'] === false) return undefined;
  const scheme = json['prepend_scheme'] ?? 'always';
  return scheme === 'never' ? undefined : scheme === 'first' ? 'first' : 'each';
}
