const SPACE = 0x20;
const LINE_BREAK = 0x0a;

/**
 * The first place at or after `from` where a visible character meets an ASCII space or line break, or the text's
 * end: where a tokenizer that `splitsBeforeSpace` may be given a text in pieces.
 */
export function nextWordBoundary(text: string, from: number): number {
  for (let index = Math.max(from, 1); index < text.length; index++) {
    const code = text.charCodeAt(index);
    if ((code === SPACE || code === LINE_BREAK) && isVisible(text, index - 1)) return index;
  }
  return text.length;
}

/** Visible under every definition of white space: JavaScript's, Unicode's, and older Unicode's. */
function isVisible(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  if (code < 0x80) return code > SPACE && code !== 0x7f;
  return !/[\s\u0085\u180E\u200B]/u.test(text.charAt(index));
}
