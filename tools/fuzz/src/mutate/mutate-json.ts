import type { Random } from '@ais/runtime';
import { edgeInteger } from './mutate-bytes.js';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** A place in a JSON value: the object or list that holds it, and its key there. */
interface Place {
  readonly holder: Json[] | { [key: string]: Json };
  readonly key: string | number;
}

/**
 * JSON text changed in one to three places so that it stays JSON: values replaced, moved, removed or doubled, numbers
 * shifted, keys renamed or written twice.
 *
 * @param words texts that mean something to the reader, such as names of types
 */
export function mutateJson(text: string, random: Random, words: readonly string[]): string {
  const root: Json = [JSON.parse(text) as Json];
  for (let count = 1 + random.integer(3); count > 0; count--) {
    const places = placesOf(root);
    // What was removed altogether leaves nothing to change.
    if (places.length === 0) break;
    change(pick(places, random), places, random, words);
  }
  const changed = JSON.stringify(root[0] ?? null);
  return random.uniform() < 0.1 ? withDoubledKey(changed, random) : changed;
}

function change(
  { holder, key }: Place,
  places: readonly Place[],
  random: Random,
  words: readonly string[],
): void {
  const value = get(holder, key);
  switch (random.integer(6)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      return;
    case 1: {
      const other = pick(places, random);
      set(holder, key, structuredClone(get(other.holder, other.key)));
      return;
    }
    case 2:
      if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(value));
      else set(holder, random.uniform() < 0.5 ? pick(words, random) : `${key}.`, structuredClone(value));
      return;
    case 3:
      set(holder, key, typeof value === 'string' ? pick(words, random) : strange(random));
      return;
    default:
      set(holder, key, typeof value === 'number' ? near(value, random) : strange(random));
  }
}

function near(value: number, random: Random): number {
  const choices = [
    value + 1,
    value - 1,
    -value,
    value * 2,
    value / 2,
    value + 8,
    value * 1e6,
    Number(edgeInteger(random)),
  ];
  return pick(choices, random);
}

function strange(random: Random): Json {
  switch (random.integer(8)) {
    case 0:
      return null;
    case 1:
      return random.uniform() < 0.5;
    case 2:
      return Number(edgeInteger(random));
    case 3:
      return random.uniform() * 1e3;
    case 4:
      return [];
    case 5:
      return {};
    case 6: {
      let deep: Json = 1;
      for (let depth = 1 + random.integer(400); depth > 0; depth--)
        deep = random.uniform() < 0.5 ? [deep] : { deep };
      return deep;
    }
    default:
      return String.fromCharCode(
        ...Array.from({ length: random.integer(20) }, () => random.integer(0x10000)),
      );
  }
}

/** Text in which an object has one of its keys twice: `JSON.stringify` cannot write that. */
function withDoubledKey(text: string, random: Random): string {
  const members = [...text.matchAll(/"(?:[^"\\]|\\.){1,64}":(?:\d+|"[^"\\]{0,64}"|\[[\d,]*\])(?=[,}])/g)];
  if (members.length === 0) return text;
  const member = pick(members, random);
  return `${text.slice(0, member.index)}${member[0]},${text.slice(member.index)}`;
}

function placesOf(holder: Place['holder']): Place[] {
  const keys = Array.isArray(holder) ? [...holder.keys()] : Object.keys(holder);
  return keys.flatMap((key) => {
    const value = get(holder, key);
    const inside = typeof value === 'object' && value !== null ? placesOf(value) : [];
    return [{ holder, key }, ...inside];
  });
}

function get(holder: Place['holder'], key: string | number): Json {
  return (holder as Record<string | number, Json>)[key] ?? null;
}

function set(holder: Place['holder'], key: string | number, value: Json): void {
  // `holder.__proto__ = …` would not set a key.
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}

function pick<Value>(values: readonly Value[], random: Random): Value {
  return values[random.integer(values.length)] as Value;
}
