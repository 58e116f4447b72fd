import { expect, it } from 'vitest';
import { KernelThreads } from './kernel-threads.js';
import { sharedBinary } from './shared-binary.js';
import { KERNEL_BINARY } from './wasm-kernels.generated.js';

const module = new WebAssembly.Module(sharedBinary(Buffer.from(KERNEL_BINARY, 'base64')));

/** `copy` of the kernels, in this thread preceded by `before`, in a memory of its own. */
function copyThreads(
  count: number,
  before: (from: number, values: Float32Array) => void,
): { readonly threads: KernelThreads; readonly values: Float32Array; readonly memory: WebAssembly.Memory } {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const copy = exports['copy'] as (from: number, to: number, ...values: number[]) => void;
  const values = new Float32Array(memory.buffer);
  const kernels = {
    copy: (from: number, to: number, ...rest: number[]) => {
      before(from, values);
      copy(from, to, ...rest);
    },
    sumOfRows: () => {
      before(0, values);
    },
  };
  return { threads: new KernelThreads({ module, memory, kernels }, count), values, memory };
}

const work = { name: 'copy', grain: 1, partsPerThread: 4, operations: 0 };
const EIGHT = 8;

it.each([2, 3, 4])('lets %d threads take the parts, each part once', (count) => {
  const mine: number[] = [];
  const othersWrote = (values: Float32Array): boolean =>
    Array.from({ length: EIGHT }, (_, index) => index).some(
      (index) => values[index + EIGHT] !== 0 && !mine.includes(index),
    );
  const { threads, values } = copyThreads(count, (from, all) => {
    // The first part of this thread waits until another thread has done one.
    const flag = new Int32Array(new SharedArrayBuffer(4));
    for (let wait = 0; mine.length === 0 && wait < 3000 && !othersWrote(all); wait++)
      Atomics.wait(flag, 0, 0, 10);
    mine.push(from);
  });
  values.set(Array.from({ length: EIGHT }, (_, index) => index + 1));
  threads.run({ ...work, items: EIGHT, values: [0, 4 * EIGHT] });
  expect(Array.from(values.subarray(EIGHT, 2 * EIGHT))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(mine.length).toBeLessThan(EIGHT);
  expect(new Set(mine).size).toBe(mine.length);
});

it('gives the right results thousands of times, and after the memory has grown', () => {
  const { threads, memory } = copyThreads(3, () => {});
  let place = 0;
  for (let round = 0; round < 3000; round++) {
    if (round % 1000 === 999) place = memory.grow(1) * 65_536;
    const values = new Float32Array(memory.buffer, place);
    const items = (round % 40) + 1;
    values.fill(0, 0, 100);
    for (let index = 0; index < items; index++) values[index] = round + index;
    threads.run({ ...work, items, values: [place, place + 200] });
    const copied = Array.from(values.subarray(50, 50 + items));
    if (copied.some((value, index) => value !== round + index)) throw new Error(`round ${round}: ${copied}`);
  }
  expect(place).toBeGreaterThan(65_536);
});

it('says so where a kernel fails in another thread', () => {
  const waited = new Int32Array(new SharedArrayBuffer(4));
  const { threads } = copyThreads(2, () => {
    Atomics.wait(waited, 0, 0, 200);
  });
  // In the other thread, the sums read beyond the memory.
  const run = (): void => threads.run({ ...work, name: 'sumOfRows', items: 64, values: [0, 2 ** 30, 64, 0] });
  let failure: unknown;
  for (let attempt = 0; attempt < 100 && failure === undefined; attempt++) {
    try {
      run();
    } catch (error) {
      failure = error;
    }
  }
  expect(String(failure)).toContain('sumOfRows failed in a thread');
});
