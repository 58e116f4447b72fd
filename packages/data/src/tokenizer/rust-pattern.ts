import { categoryClass, escapeCode, SPACE_CLASS } from './character-class.js';
import { isKnownPattern } from './known-patterns.js';
import { type Pattern, timedPattern } from './timed-pattern.js';
import { UnsupportedFeature } from './unsupported-feature.js';

/**
 * A pattern of a `tokenizer.json`, with a limit of time unless it is known not to need one.
 *
 * @throws {UnsupportedFeature} for a pattern that might match differently
 */
export function strangePattern(pattern: unknown): Pattern {
  const expression = rustPattern(pattern);
  const { Regex: regex } = (pattern ?? {}) as { Regex?: unknown };
  return typeof regex === 'string' && !isKnownPattern(regex) ? timedPattern(expression) : expression;
}

/**
 * A pattern of a `tokenizer.json`, which is written for Oniguruma, as a regular expression of JavaScript that matches the
 * same.
 *
 * Both engines backtrack and take the first alternative that fits, so what both have in common is taken over, with
 * classes of characters spelled out. Whatever could differ is refused.
 *
 * @param pattern `{ String: text }`, matched as it is, or `{ Regex: pattern }`
 * @returns an expression with the flags `g` and `u` that never matches the empty text
 * @throws {UnsupportedFeature} for a pattern that might match differently
 */
export function rustPattern(pattern: unknown): RegExp {
  const { String: text, Regex: regex } = (pattern ?? {}) as { String?: unknown; Regex?: unknown };
  if (typeof text === 'string' && text !== '') return new RegExp(literal(text), 'gu');
  if (typeof regex === 'string') return new RegExp(new Translation(regex).whole(), 'gu');
  throw new UnsupportedFeature(`the pattern ${JSON.stringify(pattern)}`);
}

const literal = (text: string): string =>
  Array.from(text, (character) => escapeCode(codeOf(character))).join('');
const codeOf = (character: string): number => character.codePointAt(0) ?? 0;

/** An expression of JavaScript, and the fewest characters that it matches. */
interface Translated {
  readonly source: string;
  readonly least: number;
}

const CONTROLS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f' };
/** The inside of classes by the letter of their escape. */
const CLASSES: Readonly<Record<string, string>> = { s: SPACE_CLASS, d: categoryClass('Nd') ?? '' };
/** Characters outside ASCII that are an ASCII letter in another case. */
const OTHER_CASES: Readonly<Record<string, string>> = { k: '\u212A', s: '\u017F' };
/** Letters that together are another case of one character, such as ß and ﬁ. */
const FOLDED_TOGETHER = /ss|ff|fi|fl|st/i;

/** Reads a pattern from left to right: alternatives of sequences of atoms with quantifiers. */
class Translation {
  readonly #pattern: string;
  readonly #characters: readonly string[];
  #next = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#characters = Array.from(pattern);
  }

  whole(): string {
    const { source, least } = this.#alternatives(false);
    if (this.#peek() !== undefined) throw this.#unsupported(`"${this.#peek()}" without its beginning`);
    if (least === 0) throw this.#unsupported('it can match the empty text');
    return source;
  }

  #alternatives(ignoresCase: boolean): Translated {
    const alternatives = [this.#sequence(ignoresCase)];
    while (this.#take('|')) alternatives.push(this.#sequence(ignoresCase));
    return {
      source: alternatives.map(({ source }) => source).join('|'),
      least: Math.min(...alternatives.map(({ least }) => least)),
    };
  }

  #sequence(ignoresCase: boolean): Translated {
    let source = '';
    let letters = '';
    let least = 0;
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      letters += next;
      const atom = ignoresCase ? this.#caseless() : this.#quantified(this.#atom());
      source += atom.source;
      least += atom.least;
    }
    if (ignoresCase && FOLDED_TOGETHER.test(letters)) throw this.#unsupported(`"${letters}" in any case`);
    return { source, least };
  }

  /** A character in any case; anything else could meet characters that are several in another case. */
  #caseless(): Translated {
    const character = this.#read();
    if (!/^[A-Za-z0-9 '_-]$/.test(character)) throw this.#unsupported(`"${character}" in any case`);
    const lower = character.toLowerCase();
    const cases = new Set([lower, lower.toUpperCase(), OTHER_CASES[lower] ?? lower]);
    return { source: `[${literal([...cases].join(''))}]`, least: 1 };
  }

  #quantified(atom: Translated): Translated {
    const start = this.#next;
    let least: number;
    if (this.#take('*')) least = 0;
    else if (this.#take('+')) least = 1;
    else if (this.#take('?')) least = 0;
    else if (this.#take('{')) least = this.#interval();
    else return atom;
    const isInterval = this.#characters[start] === '{';
    if (atom.least === 0) throw this.#unsupported('what is repeated can match the empty text');
    // A question mark behind makes it match as little as possible, but for intervals, where engines differ.
    if (!isInterval) this.#take('?');
    const quantifier = this.#characters.slice(start, this.#next).join('');
    if (/^[*+?{]$/.test(this.#peek() ?? '')) throw this.#unsupported(`"${quantifier}${this.#peek()}"`);
    return { source: atom.source + quantifier, least: least * atom.least };
  }

  /** What follows the brace of `{n}`, `{n,}` or `{n,m}`: n. */
  #interval(): number {
    const rest = this.#characters.slice(this.#next).join('');
    const [interval, least = '', , most] = /^(\d{1,3})(,(\d{1,3})?)?\}/.exec(rest) ?? [];
    if (interval === undefined || Number(most ?? least) < Number(least)) throw this.#unsupported('"{"');
    this.#next += interval.length;
    return Number(least);
  }

  #atom(): Translated {
    const character = this.#read();
    if (character === '(') return this.#group();
    if (character === '[') return this.#class();
    if (character === '.') return { source: '[^\\n]', least: 1 };
    if (character === '\\') return this.#escaped();
    if (/^[\^$*+?{}\]]$/.test(character)) throw this.#unsupported(`"${character}"`);
    return { source: literal(character), least: 1 };
  }

  #group(): Translated {
    let open = '(?:';
    let ignores = false;
    if (this.#take('?')) {
      const kind = this.#read();
      if (kind === '=' || kind === '!') open = `(?${kind}`;
      else if (kind === 'i' && this.#take(':')) ignores = true;
      else if (kind !== ':') throw this.#unsupported(`"(?${kind}"`);
    }
    const { source, least } = this.#alternatives(ignores);
    if (!this.#take(')')) throw this.#unsupported('"(" without its end');
    return { source: `${open}${source})`, least: open === '(?:' ? least : 0 };
  }

  #escaped(): Translated {
    const character = this.#read();
    const inside =
      character === 'p' || character === 'P' ? this.#category() : CLASSES[character.toLowerCase()];
    if (inside !== undefined) {
      const isNegated = character !== character.toLowerCase();
      return { source: `[${isNegated ? '^' : ''}${inside}]`, least: 1 };
    }
    return { source: literal(this.#escapedLiteral(character)), least: 1 };
  }

  #escapedLiteral(character: string): string {
    const control = CONTROLS[character];
    if (control !== undefined) return control;
    if (/^[^A-Za-z0-9]$/u.test(character)) return character;
    throw this.#unsupported(`"\\${character}"`);
  }

  /** `{Name}` behind `\p`. */
  #category(): string {
    const name = /^\{(\w+)\}/.exec(this.#characters.slice(this.#next).join(''))?.[1] ?? '';
    const inside = categoryClass(name);
    if (inside === undefined) throw this.#unsupported(`"\\p{${name}}"`);
    this.#next += name.length + 2;
    return inside;
  }

  #class(): Translated {
    const isNegated = this.#take('^');
    let inside = '';
    do {
      const first = this.#member();
      const isRange = this.#peek() === '-' && this.#characters[this.#next + 1] !== ']';
      if (!isRange) inside += first.inside;
      else {
        this.#read();
        const last = this.#member();
        if (first.code === undefined || last.code === undefined || last.code < first.code) {
          throw this.#unsupported('a range that is not one of two characters');
        }
        inside += `${first.inside}-${last.inside}`;
      }
    } while (!this.#take(']'));
    return { source: `[${isNegated ? '^' : ''}${inside}]`, least: 1 };
  }

  /** A character of a class, with its code point, or a class in it. */
  #member(): { inside: string; code?: number } {
    const character = this.#read();
    // Nested classes, intersections, and a bracket that comes first.
    if (character === '[' || character === ']' || (character === '&' && this.#peek() === '&')) {
      throw this.#unsupported(`"${character}" in a class`);
    }
    if (character !== '\\') return { inside: literal(character), code: codeOf(character) };
    const escaped = this.#read();
    const inside = escaped === 'p' ? this.#category() : CLASSES[escaped];
    if (inside !== undefined) return { inside };
    const plain = this.#escapedLiteral(escaped);
    return { inside: literal(plain), code: codeOf(plain) };
  }

  #peek(): string | undefined {
    return this.#characters[this.#next];
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#next++;
    return true;
  }

  #read(): string {
    const character = this.#peek();
    if (character === undefined) throw this.#unsupported('it ends too early');
    this.#next++;
    return character;
  }

  #unsupported(what: string): UnsupportedFeature {
    return new UnsupportedFeature(`the pattern ${JSON.stringify(this.#pattern)} (${what})`);
  }
}
