import { byteAlphabet } from './byte-alphabet.js';
import { limitedReplacer, mostCharacters, requireLength } from './limited-growth.js';
import { strangePattern } from './rust-pattern.js';
import type { PartJson } from './tokenizer-json.js';
import { allowOnly, stepsOf, textOf, UnsupportedFeature } from './unsupported-feature.js';

/** A step of decoding: tokens as the vocabulary writes them become parts of the text, within a limit of characters. */
type DecodeStep = (tokens: readonly string[], most: number) => readonly string[];

/**
 * The decoder of a `tokenizer.json`.
 *
 * @returns the text of tokens that are written as the vocabulary has them; throws {TooMuchWork} where it makes more of them than
 *   a tokenizer should
 * @throws {UnsupportedFeature}
 */
export function readDecoder(json: PartJson | null | undefined): (tokens: readonly string[]) => string {
  if (!json) return (tokens) => tokens.join(' ');
  const steps = readSteps(json);
  return (tokens) => {
    const most = mostCharacters(charactersOf(tokens));
    let parts = tokens;
    for (const step of steps) {
      parts = step(parts, most);
      requireLength(charactersOf(parts), most);
    }
    return parts.join('');
  };
}

function charactersOf(parts: readonly string[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function readSteps(json: PartJson): readonly DecodeStep[] {
  if (json.type !== 'Sequence') return [readStep(json)];
  const what = `the decoder ${json.type}`;
  allowOnly(what, json, ['decoders']);
  return stepsOf(what, json, 'decoders').flatMap(readSteps);
}

function readStep(json: PartJson): DecodeStep {
  const { type } = json;
  const what = `the decoder ${type}`;
  switch (type) {
    case 'ByteFallback':
      allowOnly(what, json, []);
      return byteFallback;
    case 'ByteLevel':
      allowOnly(what, json, ['add_prefix_space', 'trim_offsets', 'use_regex']);
      return byteLevel();
    case 'Fuse':
      allowOnly(what, json, []);
      return (tokens) => [tokens.join('')];
    case 'Metaspace':
      return metaspace(what, json);
    case 'Replace': {
      allowOnly(what, json, ['pattern', 'content']);
      const pattern = strangePattern(json['pattern']);
      const content = textOf(what, json, 'content');
      return (tokens, most) => {
        const replacer = limitedReplacer(content, most);
        return tokens.map((token) => pattern[Symbol.replace](token, replacer));
      };
    }
    case 'Strip':
      return strip(what, json);
    default:
      throw new UnsupportedFeature(what);
  }
}

function byteLevel(): DecodeStep {
  const bytes = new Map(byteAlphabet().map((standIn, byte) => [standIn, byte]));
  const utf8 = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  // A token that is not all stand-ins, such as an added one, is text.
  const bytesOf = (token: string): Iterable<number> => {
    const all = Array.from(token, (character) => bytes.get(character));
    return all.every((byte) => byte !== undefined) ? all : utf8.encode(token);
  };
  return (tokens) => [decoder.decode(Uint8Array.from(tokens.flatMap((token) => [...bytesOf(token)])))];
}

const BYTE_TOKEN = /^<0x([0-9a-f]{2}|\+[0-9a-f])>$/i;

/** Runs of tokens such as `<0x41>` are bytes; a run that is not UTF-8 gives a replacement character for each. */
function byteFallback(tokens: readonly string[]): string[] {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const parts: string[] = [];
  let run: number[] = [];
  const endRun = (): void => {
    if (run.length === 0) return;
    try {
      parts.push(strict.decode(Uint8Array.from(run)));
    } catch {
      for (const _ of run) parts.push('\uFFFD');
    }
    run = [];
  };
  for (const token of tokens) {
    const byte = BYTE_TOKEN.exec(token)?.[1];
    if (byte !== undefined) run.push(Number.parseInt(byte, 16));
    else {
      endRun();
      parts.push(token);
    }
  }
  endRun();
  return parts;
}

function metaspace(what: string, json: PartJson): DecodeStep {
  allowOnly(what, json, ['replacement', 'add_prefix_space', 'prepend_scheme', 'split', 'str_rep']);
  const replacement = textOf(what, json, 'replacement');
  const isPrefixed = json['add_prefix_space'] !== false && json['prepend_scheme'] !== 'never';
  return (tokens) =>
    tokens.map((token, index) => token.replaceAll(replacement, index === 0 && isPrefixed ? '' : ' '));
}

function strip(what: string, json: PartJson): DecodeStep {
  allowOnly(what, json, ['content', 'start', 'stop']);
  const { start, stop } = json;
  const content = textOf(what, json, 'content');
  if (stop !== 0) throw new UnsupportedFeature(`${what} at the end`);
  if (typeof start !== 'number') throw new UnsupportedFeature(`${what} without start`);
  return (tokens) =>
    tokens.map((token) => {
      const characters = Array.from(token);
      let cut = 0;
      while (cut < start && characters[cut] === content) cut++;
      return characters.slice(cut).join('');
    });
}
