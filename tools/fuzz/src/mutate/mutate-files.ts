import type { Random } from '@ais/runtime';
import type { Files } from '../target.js';
import { mutateBytes } from './mutate-bytes.js';

/** How a folder of files is changed. */
export interface FileMutation {
  /** Folders that pieces are taken from. */
  readonly all: readonly Files[];
  /** Which files are changed; all by default. */
  readonly only?: RegExp;
  /** Values, of JSON, that a reader may take for something else. */
  readonly strange?: readonly unknown[];
  /** Pieces of text that are hard on a reader of such a text: lines of YAML, tags of a template. */
  readonly hard?: readonly string[];
  /** How often JSON and text are changed as what they are, and not as bytes. */
  readonly structured?: number;
}

/** A changed copy of a folder: one or two changes of its files, of bytes, or of JSON or text that stays JSON or text. */
export function mutateFiles(seed: Files, random: Random, mutation: FileMutation): Files {
  const { all, only = /./, structured = 0.6 } = mutation;
  const names = [...seed.keys()].filter((name) => only.test(name));
  const changed = new Map(seed);
  for (let count = random.uniform() < 0.85 ? 1 : 2; count > 0; count--) {
    const name = pick(names, random);
    const content = changed.get(name);
    if (content === undefined) continue;
    if (random.uniform() < 0.01 && seed.size > 1) changed.delete(name);
    else if (random.uniform() < structured)
      changed.set(name, mutateStructure(name, content, random, mutation));
    else {
      const foreign = [...pick(all, random).values()];
      changed.set(name, mutateBytes(content, random, pick(foreign, random)));
    }
  }
  return changed;
}

function mutateStructure(
  name: string,
  content: Uint8Array,
  random: Random,
  { strange = [], hard = [] }: FileMutation,
): Uint8Array {
  const text = new TextDecoder().decode(content);
  const values = [...STRANGE, ...strange];
  try {
    if (/\.json$/.test(name)) return encoded(mutateJsonText(text, random, values));
    if (/\.(jsonl|partial)$|\.shard-/.test(name)) return encoded(mutateLine(text, random, values));
  } catch {
    // No JSON any more, after an earlier change.
    return mutateBytes(content, random);
  }
  if (hard.length > 0) return encoded(mutatePieces(text, random, hard));
  return mutateBytes(content, random);
}

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A JSON text changed in one to three places so that it stays JSON. */
export function mutateJsonText(text: string, random: Random, strange: readonly unknown[]): string {
  const root: { root?: unknown } = { root: JSON.parse(text) };
  for (let count = 1 + random.integer(3); count > 0; count--) {
    // The large lists would take nearly all changes: first a depth, then a place there.
    let holder = root as Record<string, unknown>;
    let key = 'root';
    for (let depth = random.integer(6); depth > 0; depth--) {
      const value = holder[key];
      const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
      if (keys.length === 0) break;
      holder = value as Record<string, unknown>;
      key = pick(keys, random);
    }
    const kind = random.integer(6);
    const value = holder[key];
    if (kind === 0) delete holder[key];
    else if (kind === 1 && typeof value === 'number') holder[key] = pick(near(value), random);
    // A copy: a later change may put one of them into itself.
    else set(holder, key, structuredClone(pick(strange, random)));
  }
  return JSON.stringify(root.root ?? null);
}

function near(value: number): readonly number[] {
  return [value + 1, value - 1, -value, value * 2, value / 2, value * 1e6, value + 0.5];
}

function set(holder: object, key: string, value: unknown): void {
  // `holder.__proto__ = …` would not set a key.
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}

/** One line of JSON Lines, changed so that it stays JSON. */
function mutateLine(text: string, random: Random, strange: readonly unknown[]): string {
  const lines = text.split('\n');
  const at = random.integer(Math.max(1, lines.length - 1));
  lines[at] = mutateJsonText(lines[at] ?? '', random, strange);
  return lines.join('\n');
}

/** A text with a line, or a tag of a template, taken out, doubled, moved, or replaced by a hard one. */
function mutatePieces(text: string, random: Random, hard: readonly string[]): string {
  const parts = text.split(/(\{[{%].*?[%}]\}|\n)/s);
  for (let count = 1 + random.integer(3); count > 0; count--) {
    const at = random.integer(Math.max(1, parts.length));
    const [part = ''] = parts.splice(at, random.integer(2));
    const to = random.integer(parts.length + 1);
    if (random.integer(2)) parts.splice(to, 0, pick(hard, random));
    else parts.splice(to, 0, part, ...(random.integer(2) ? [part] : []));
  }
  return parts.join('');
}

function pick<Value>(values: readonly Value[], random: Random): Value {
  return values[random.integer(values.length)] as Value;
}

const DEEP = JSON.parse(`${'['.repeat(400)}${']'.repeat(400)}`) as unknown;

/** What is hard on any reader of JSON. */
const STRANGE: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1e9,
    2 ** 53,
    -(2 ** 31),
    0.5,
    1e308,
    '',
    'a',
    '\ud800',
    ' ',
    '\u0000',
    '../x',
  ],
  ...[[], {}, [[]], ['a', 'b'], [1, 2], { a: 1 }, { length: 1e9 }, DEEP, 'x'.repeat(5000)],
  ...[JSON.parse('{"__proto__":{"a":1}}'), { constructor: 1 }, { toString: 1 }, '__proto__', '1e999'],
];
