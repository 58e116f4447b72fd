import type { AddedTokenJson, TokenizerJson } from './tokenizer-json.js';

const SPACE = 0x20;
const LINE_BREAK = 0x0a;

/**
 * The first place at or after `from` where a visible character meets an ASCII space or line break, or the text's
 * end: where a tokenizer that `splitsBeforeSpace` may be given a text in pieces.
 */
export function nextWordBoundary(text: string, from: number): number {
  for (let index = Math.max(from, 1); index < text.length; index++) if (endsWord(text, index)) return index;
  return text.length;
}

/** The last such place within a text, or its start. */
export function lastWordBoundary(text: string): number {
  for (let index = text.length - 1; index > 0; index--) if (endsWord(text, index)) return index;
  return 0;
}

/** Whether a word ends at a place from 1 on: a visible character meets an ASCII space or line break. */
export function endsWord(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return (code === SPACE || code === LINE_BREAK) && isVisible(text, index - 1);
}

/** Visible under every definition of white space: JavaScript's, Unicode's, and older Unicode's. */
function isVisible(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  if (code < 0x80) return code > SPACE && code !== 0x7f;
  return !/[\s\u0085\u180E\u200B]/u.test(text.charAt(index));
}

/**
 * Whether no token of a tokenizer spans from a visible character over a following ASCII space or line break.
 *
 * That is so for GPT-2's pre-tokenizer behind at most NFC: no alternative of its pattern extends from a visible character
 * to a space, and none looks behind it.
 */
export function splitsBeforeSpace(json: TokenizerJson): boolean {
  return splitsAtWords(json) && (json.added_tokens ?? []).every(staysBeforeSpace);
}

/** Whether the model's own tokens are like that. */
export function splitsAtWords({ model, pre_tokenizer: splitter, normalizer }: TokenizerJson): boolean {
  return (
    (model.type ?? 'BPE') === 'BPE' &&
    splitter?.type === 'ByteLevel' &&
    splitter['use_regex'] !== false &&
    splitter['add_prefix_space'] === false &&
    (!normalizer || normalizer.type === 'NFC')
  );
}

/** Added tokens are matched before the pre-tokenizer runs, so they must not reach over the boundary either. */
function staysBeforeSpace({ content, rstrip = false, single_word: isWord = false }: AddedTokenJson): boolean {
  return !rstrip && !isWord && !/\S\s/u.test(content);
}
