import { shown } from '../records/require-option.js';
import { categoryClass, characterClass, SPACE_CLASS } from './character-class.js';
import { rustPattern, strangePattern } from './rust-pattern.js';
import { SPLIT_BEHAVIORS, type SplitBehavior, splitText } from './split-text.js';
import type { PartJson } from './tokenizer-json.js';
import { NUMERIC } from './unicode-tables.js';
import { allowOnly, stepsOf, textOf, UnsupportedFeature } from './unsupported-feature.js';

/** How a text is split before the model sees it. */
export interface PreTokenizer {
  /**
   * The pieces of a text that is not empty.
   *
   * @param isStart whether the original text starts with this one
   */
  split(text: string, isStart: boolean): string[];
  /** Whether the model gets the pieces' bytes in GPT-2's stand-ins instead of characters. */
  readonly isByteLevel: boolean;
}

/**
 * The pre-tokenizer of a `tokenizer.json`.
 *
 * @param json the part
 * @param isFirst whether nothing has changed the text yet, so that it is known where the original text starts
 * @returns how to split
 * @throws {UnsupportedFeature}
 */
export function readPreTokenizer(json: PartJson | null | undefined, isFirst: boolean): PreTokenizer {
  if (!json) return { split: (text) => [text], isByteLevel: false };
  const { type } = json;
  const what = `the pre-tokenizer ${type}`;
  switch (type) {
    case 'ByteLevel':
      return byteLevel(what, json);
    case 'Digits': {
      allowOnly(what, json, ['individual_digits']);
      const behavior = json['individual_digits'] ? 'Isolated' : 'Contiguous';
      return { split: (text) => splitText(text, NUMBER, behavior), isByteLevel: false };
    }
    case 'Metaspace':
      return metaspace(what, json, isFirst);
    case 'Sequence':
      return sequence(what, json, isFirst);
    case 'Split': {
      allowOnly(what, json, ['pattern', 'behavior', 'invert']);
      const pattern = strangePattern(json['pattern']);
      const behavior = json['behavior'] as SplitBehavior;
      if (!SPLIT_BEHAVIORS.includes(behavior))
        throw new UnsupportedFeature(`${what} with the behavior ${shown(behavior)}`);
      return {
        split: (text) => splitText(text, pattern, behavior, json['invert'] === true),
        isByteLevel: false,
      };
    }
    case 'WhitespaceSplit':
      allowOnly(what, json, []);
      return { split: (text) => splitText(text, WHITE_SPACE, 'Removed'), isByteLevel: false };
    default:
      throw new UnsupportedFeature(what);
  }
}

const NUMBER = new RegExp(`[${characterClass(NUMERIC)}]`, 'gu');
const WHITE_SPACE = new RegExp(`[${SPACE_CLASS}]`, 'gu');
const [letter, number] = [categoryClass('L'), categoryClass('N')];
/** GPT-2's pattern: every character is in a match. */
const GPT2_PIECES = new RegExp(
  `'(?:s|t|re|ve|m|ll|d)| ?[${letter}]+| ?[${number}]+| ?[^${SPACE_CLASS}${letter}${number}]+|[${SPACE_CLASS}]+(?![^${SPACE_CLASS}])|[${SPACE_CLASS}]+`,
  'gu',
);

function byteLevel(what: string, json: PartJson): PreTokenizer {
  allowOnly(what, json, ['add_prefix_space', 'trim_offsets', 'use_regex']);
  const prefixed = (text: string): string =>
    json['add_prefix_space'] && !text.startsWith(' ') ? ` ${text}` : text;
  const split =
    json['use_regex'] === false
      ? (text: string) => [prefixed(text)]
      : (text: string) => prefixed(text).match(GPT2_PIECES) ?? [];
  return { split, isByteLevel: true };
}

function metaspace(what: string, json: PartJson, isFirst: boolean): PreTokenizer {
  allowOnly(what, json, ['replacement', 'add_prefix_space', 'prepend_scheme', 'split', 'str_rep']);
  const { split = true } = json;
  const replacement = textOf(what, json, 'replacement');
  const scheme = json['add_prefix_space'] === false ? 'never' : (json['prepend_scheme'] ?? 'always');
  if (Array.from(replacement).length !== 1 || replacement === ' ') {
    throw new UnsupportedFeature(`${what} with the replacement ${JSON.stringify(replacement)}`);
  }
  if (!['always', 'first', 'never'].some((known) => known === scheme)) {
    throw new UnsupportedFeature(`${what} with the prepend scheme ${shown(scheme)}`);
  }
  if (scheme === 'first' && !isFirst) {
    throw new UnsupportedFeature(`${what} with the prepend scheme first behind another step`);
  }
  const mark = rustPattern({ String: replacement });
  return {
    split: (text, isStart) => {
      const marked = text.replaceAll(' ', () => replacement);
      const isPrefixed = scheme === 'always' || (scheme === 'first' && isStart);
      const whole = isPrefixed && !marked.startsWith(replacement) ? replacement + marked : marked;
      return split === false ? [whole] : splitText(whole, mark, 'MergedWithNext');
    },
    isByteLevel: false,
  };
}

function sequence(what: string, json: PartJson, isFirst: boolean): PreTokenizer {
  allowOnly(what, json, ['pretokenizers']);
  const steps = stepsOf(what, json, 'pretokenizers').map((step, index) =>
    readPreTokenizer(step, isFirst && index === 0),
  );
  if (steps.slice(0, -1).some(({ isByteLevel }) => isByteLevel)) {
    throw new UnsupportedFeature(`${what} that continues after ByteLevel`);
  }
  const [first, ...others] = steps;
  return {
    split: (text, isStart) =>
      others.reduce(
        (pieces, step) => pieces.flatMap((piece) => step.split(piece, false)),
        first?.split(text, isStart) ?? [text],
      ),
    isByteLevel: steps.at(-1)?.isByteLevel ?? false,
  };
}
