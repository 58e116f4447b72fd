/**
 * Parses JSON as `JSON.parse` does, but for whole numbers beyond ±(2⁵³ − 1), which are read as `bigint` in place of being
 * rounded to another number.
 *
 * Neither long texts nor deep ones overflow the stack.
 *
 * @throws {SyntaxError} as `JSON.parse`
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return /\d{16}/.test(text) ? unmarked(JSON.parse(marked(text))) : value;
}

/** The start of a string, or a number. */
const STRING_OR_NUMBER = /"|-?\d[\d.eE+-]*/g;

/**
 * JSON in which each value that is a string has a letter in front, so that none can be taken for a number that was made
 * one: `s` for a string, `n` for a number that is not exact.
 *
 * Strings are passed over by `indexOf`: an expression that matches escapes one by one needs stack for each of them.
 */
function marked(text: string): string {
  const pieces: string[] = [];
  let copied = 0;
  const tokens = new RegExp(STRING_OR_NUMBER);
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    const { index } = token;
    const [found] = token;
    if (found === '"') {
      const end = closingQuote(text, index + 1);
      tokens.lastIndex = end + 1;
      if (isKey(text, end + 1)) continue;
      pieces.push(text.slice(copied, index), '"s');
      copied = index + 1;
    } else if (/^-?\d+$/.test(found) && !Number.isSafeInteger(Number(found))) {
      pieces.push(text.slice(copied, index), `"n${found}"`);
      copied = tokens.lastIndex;
    }
  }
  pieces.push(text.slice(copied));
  return pieces.join('');
}

/** The quote that ends a string of valid JSON: the first one after an even number of backslashes. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); ; at = text.indexOf('"', at + 1)) {
    let start = at;
    while (text[start - 1] === '\\') start--;
    if ((at - start) % 2 === 0) return at;
  }
}

/** Whether what ends here is a key: a colon comes next. */
function isKey(text: string, from: number): boolean {
  let at = from;
  while (' \t\r\n'.includes(text[at] ?? ':')) at++;
  return text[at] === ':';
}

/** The value that was marked; no function calls itself here, since values may lie deep in each other. */
function unmarked(root: unknown): unknown {
  const top = { root };
  const open: object[] = [top];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const [key, child] of Object.entries(parent) as [string, unknown][]) {
      if (typeof child === 'object' && child !== null) open.push(child);
      if (typeof child !== 'string') continue;
      const value = child.startsWith('n') ? BigInt(child.slice(1)) : child.slice(1);
      // An assignment to a key such as `__proto__` would not change the key.
      Object.defineProperty(parent, key, { value });
    }
  }
  return top.root;
}
