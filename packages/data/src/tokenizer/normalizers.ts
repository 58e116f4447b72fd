import { characterClass } from './character-class.js';
import { limitedReplacer, mostCharacters, requireLength } from './limited-growth.js';
import { strangePattern } from './rust-pattern.js';
import type { PartJson } from './tokenizer-json.js';
import { UNKNOWN_TO_NORMALIZER } from './unicode-tables.js';
import { allowOnly, stepsOf, textOf, UnsupportedFeature } from './unsupported-feature.js';

/** What happens to a text, which is never empty, before it is split. */
export type Normalize = (text: string) => string;

/** A step of normalization, within a limit of characters. */
type Step = (text: string, most: number) => string;

/**
 * The normalizer of a `tokenizer.json`.
 *
 * @returns undefined if there is none; throws {TooMuchWork} where it makes more of a text than a tokenizer should
 * @throws {UnsupportedFeature}
 */
export function readNormalizer(json: PartJson | null | undefined): Normalize | undefined {
  if (!json) return undefined;
  const steps = readSteps(json);
  return (text) => {
    const most = mostCharacters(text.length);
    let normalized = text;
    for (const step of steps) {
      if (normalized === '') break;
      normalized = step(normalized, most);
      requireLength(normalized.length, most);
    }
    return normalized;
  };
}

function readSteps(json: PartJson): readonly Step[] {
  const { type } = json;
  const what = `the normalizer ${type}`;
  switch (type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      allowOnly(what, json, []);
      return [(text) => normalForm(text, type)];
    case 'Prepend': {
      allowOnly(what, json, ['prepend']);
      const prefix = textOf(what, json, 'prepend');
      return [(text) => prefix + text];
    }
    case 'Replace': {
      allowOnly(what, json, ['pattern', 'content']);
      const pattern = strangePattern(json['pattern']);
      const content = textOf(what, json, 'content');
      return [(text, most) => pattern[Symbol.replace](text, limitedReplacer(content, most))];
    }
    case 'Sequence':
      allowOnly(what, json, ['normalizers']);
      return stepsOf(what, json, 'normalizers').flatMap(readSteps);
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
