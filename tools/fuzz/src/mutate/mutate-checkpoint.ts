import type { Random } from '@ais/runtime';
import type { Files } from '../target.js';
import { edgeInteger, joined, mutateBytes } from './mutate-bytes.js';
import { mutateJson } from './mutate-json.js';

/** How a folder of JSON and safetensors is changed. */
export interface CheckpointMutation {
  /** Folders that pieces are taken from. */
  readonly all: readonly Files[];
  /** What a reader may take for something else. */
  readonly words: readonly string[];
  /** How often a safetensors file is changed, and not any file. */
  readonly weights: number;
}

/** A changed copy of a folder: one or two changes of its files, of bytes or of JSON that stays JSON. */
export function mutateCheckpoint(
  seed: Files,
  random: Random,
  { all, words, weights: share }: CheckpointMutation,
): Files {
  const names = [...seed.keys()];
  const weights = names.filter((name) => name.endsWith('.safetensors'));
  const pool = random.uniform() < share ? weights : names;
  const changed = new Map(seed);
  for (let count = random.uniform() < 0.85 ? 1 : 2; count > 0; count--) {
    const name = pool[random.integer(pool.length)] as string;
    const content = changed.get(name);
    if (content === undefined) continue;
    const foreign = [...(all[random.integer(all.length)] as Files).values()];
    const other = foreign[random.integer(foreign.length)] as Uint8Array;
    const mutated = name.endsWith('.json')
      ? mutateText(content, { random, other, words })
      : mutateWeights(content, { random, other, words });
    if (mutated === undefined) changed.delete(name);
    else changed.set(name, mutated);
  }
  return changed;
}

interface Change {
  readonly random: Random;
  /** A file that pieces are taken from. */
  readonly other: Uint8Array;
  readonly words: readonly string[];
}

/** A safetensors file taken apart. */
export interface Parts {
  readonly header: string;
  readonly data: Uint8Array;
}

export function partsOf(bytes: Uint8Array): Parts | undefined {
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const end = 8 + Number(view.getBigUint64(0, true));
  if (end > bytes.length) return undefined;
  return { header: new TextDecoder().decode(bytes.subarray(8, end)), data: bytes.subarray(end) };
}

export function framed({ header, data }: Parts, length?: bigint): Uint8Array {
  const text = new TextEncoder().encode(header);
  const head = new Uint8Array(8);
  new DataView(head.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  return joined(head, text, data);
}

function mutateWeights(bytes: Uint8Array, { random, other, words }: Change): Uint8Array | undefined {
  const parts = partsOf(bytes);
  const draw = random.uniform();
  if (draw < 0.01) return undefined;
  if (draw < 0.4 || parts === undefined) return mutateBytes(bytes, random, other);
  const { header, data } = parts;
  if (draw < 0.5) return framed(parts, edgeInteger(random, BigInt(new TextEncoder().encode(header).length)));
  if (draw < 0.6) {
    // Bytes of the header alone, with a length that fits.
    const changed = mutateBytes(new TextEncoder().encode(header), random, other);
    return joined(framed({ header: '', data: new Uint8Array() }, BigInt(changed.length)), changed, data);
  }
  const padding = random.uniform() < 0.1 ? [' ', '\n', '\0', '\t '][random.integer(4)] : '';
  return framed({ header: edited(header, random, words) + padding, data });
}

function mutateText(bytes: Uint8Array, { random, other, words }: Change): Uint8Array | undefined {
  const draw = random.uniform();
  if (draw < 0.01) return undefined;
  if (draw < 0.25) return mutateBytes(bytes, random, other);
  return new TextEncoder().encode(edited(new TextDecoder().decode(bytes), random, words));
}

/** JSON changed as JSON; what is no JSON any more, after an earlier change, changed as text. */
function edited(text: string, random: Random, words: readonly string[]): string {
  try {
    return mutateJson(text, random, words);
  } catch {
    return text.slice(0, random.integer(text.length + 1));
  }
}
