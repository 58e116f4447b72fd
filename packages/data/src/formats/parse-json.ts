/**
 * Parses JSON as `JSON.parse` does, but for whole numbers beyond ±(2⁵³ − 1), which are read as `bigint` in place of being
 * rounded to another number.
 *
 * @throws {SyntaxError} as `JSON.parse`
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!/\d{16}/.test(text)) return value;
  // Each value that is a string gets a letter in front, so that none can be taken for a number that was made one.
  const marked = text.replace(TOKEN, (token) => {
    if (token.startsWith('"')) return token.endsWith('"') ? `"s${token.slice(1)}` : token;
    return /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"n${token}"` : token;
  });
  return JSON.parse(marked, (_, marked: unknown) => {
    if (typeof marked !== 'string') return marked;
    return marked.startsWith('n') ? BigInt(marked.slice(1)) : marked.slice(1);
  });
}

/** A key with its colon, a string, or a number. */
const TOKEN = /"(?:[^"\\]|\\.)*"\s*:|"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/gs;
