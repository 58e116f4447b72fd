import * as tf from '@tensorflow/tfjs-core';
import { RuntimeError } from '../errors.js';

/** What of the back end's module takes memory. */
interface WasmMemory {
  _malloc(bytes: number): number;
  _free(place: number): void;
}

/** Addresses have 32 bits. */
const MOST_BYTES = 2 ** 32;

const guarded = new WeakSet<WasmMemory>();

/**
 * Makes the WASM back end that runs throw where its memory is full.
 *
 * `@tensorflow/tfjs-backend-wasm` 4.22 takes the address 0, which says that there is no memory, for a place like any other:
 * tensors are written over its data, and over each other, without an error.
 *
 * @throws {RuntimeError} `out-of-memory`, from then on, wherever a tensor finds no place
 */
export function guardWasmMemory(): void {
  const { wasm } = tf.backend() as unknown as { wasm: WasmMemory };
  if (guarded.has(wasm)) return;
  guarded.add(wasm);
  // At its first call the function puts another one in its place.
  wasm._free(wasm._malloc(1));
  const allocate = wasm._malloc;
  wasm._malloc = (bytes) => {
    const place = bytes < MOST_BYTES ? allocate(bytes) : 0;
    if (place !== 0) return place;
    const megabytes = Math.floor(largestPlace() / 2 ** 20);
    throw new RuntimeError(
      'out-of-memory',
      `There is no memory for a tensor of ${bytes} bytes; tensors take ${tf.memory().numBytes} already, and one of ` +
        `${megabytes} MiB would still fit. Use a smaller model or smaller batches, or another back end: WASM has at most 4 GB.`,
    );
  };

  /** Bytes of the largest tensor that has a place, to the MiB. */
  function largestPlace(): number {
    let largest = 0;
    for (let more = MOST_BYTES / 2; more >= 2 ** 20; more /= 2) {
      const place = allocate(largest + more);
      if (place === 0) continue;
      wasm._free(place);
      largest += more;
    }
    return largest;
  }
}
