import { characterClass } from './character-class.js';
import { strangePattern } from './rust-pattern.js';
import type { PartJson } from './tokenizer-json.js';
import { UNKNOWN_TO_NORMALIZER } from './unicode-tables.js';
import { allowOnly, stepsOf, textOf, UnsupportedFeature } from './unsupported-feature.js';

/** What happens to a text, which is never empty, before it is split. */
export type Normalize = (text: string) => string;

/**
 * The normalizer of a `tokenizer.json`.
 *
 * @returns undefined if there is none
 * @throws {UnsupportedFeature}
 */
export function readNormalizer(json: PartJson | null | undefined): Normalize | undefined {
  if (!json) return undefined;
  const { type } = json;
  const what = `the normalizer ${type}`;
  switch (type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      allowOnly(what, json, []);
      return (text) => normalForm(text, type);
    case 'Prepend': {
      allowOnly(what, json, ['prepend']);
      const prefix = textOf(what, json, 'prepend');
      return (text) => prefix + text;
    }
    case 'Replace': {
      allowOnly(what, json, ['pattern', 'content']);
      const pattern = strangePattern(json['pattern']);
      const content = textOf(what, json, 'content');
      return (text) => pattern[Symbol.replace](text, () => content);
    }
    case 'Sequence': {
      allowOnly(what, json, ['normalizers']);
      const steps = stepsOf(what, json, 'normalizers')
        .map(readNormalizer)
        .filter((step) => step !== undefined);
      return (text) => steps.reduce((normalized, step) => (normalized === '' ? '' : step(normalized)), text);
    }
    default:
      throw new UnsupportedFeature(what);
  }
}

const unknown = characterClass(UNKNOWN_TO_NORMALIZER);
const UNKNOWN = new RegExp(`[${unknown}]`, 'u');
const PIECES = new RegExp(`[${unknown}]|[^${unknown}]+`, 'gu');

/**
 * A normal form of Unicode as the Rust tokenizers have it: characters that are younger than their tables are neither
 * composed, decomposed nor moved, and nothing is moved past them.
 */
export function normalForm(text: string, form: 'NFC' | 'NFD' | 'NFKC' | 'NFKD'): string {
  if (!UNKNOWN.test(text)) return text.normalize(form);
  return text.replace(PIECES, (piece) => (UNKNOWN.test(piece) ? piece : piece.normalize(form)));
}
