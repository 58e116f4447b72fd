import { hasNativeKernels, hasWasmKernels, useBackend } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AdamW, type AdamWSettings, createAdamW } from './adamw.js';

/** Not a multiple of any vector length, so that the kernels handle a remainder. */
const SIZE = 4099;

interface Trained {
  readonly optimizer: AdamW;
  readonly variable: tf.Variable;
  update(gradient: (index: number, step: number) => number): void;
}

/** A vector of zeros, and updates by given gradients. */
function trained(settings: AdamWSettings, size = SIZE): Trained {
  const variable = tf.variable(tf.zeros([size]));
  const optimizer = createAdamW(new Map([['vector', variable]]), settings);
  let step = 0;
  return {
    optimizer,
    variable,
    update(gradient) {
      step += 1;
      const values = Float32Array.from({ length: size }, (_, index) => gradient(index, step));
      optimizer.update(new Map([['vector', tf.tensor1d(values)]]), { learningRate: 1e-2, consume: true });
    },
  };
}

const inHalves: AdamWSettings = { moments: 'bfloat16' };
const mean = (values: Iterable<number>): number => {
  const all = [...values];
  return all.reduce((sum, value) => sum + value, 0) / all.length;
};
const isBfloat16 = (value: number): boolean =>
  (new Uint32Array(Float32Array.of(value).buffer)[0] as number) % 2 ** 16 === 0;

describe.runIf(hasNativeKernels() || hasWasmKernels())('moments of bfloat16', () => {
  it('stay within 1 % of those of float32 on average, each within the noise of a few roundings', async () => {
    const gradient = (index: number, step: number): number => Math.sin(index + 1) + Math.cos(step * index);
    const [exact, halves] = [trained({}), trained(inHalves)];
    for (let step = 0; step < 200; step++) for (const each of [exact, halves]) each.update(gradient);
    const [expected, found] = [await exact.optimizer.state(), await halves.optimizer.state()];
    for (const key of ['gradientAverages', 'squareAverages'] as const) {
      const [a, b] = [expected[key].get('vector')!, found[key].get('vector')!];
      const size = mean(a.map(Math.abs));
      expect(Math.abs(mean(b) - mean(a))).toBeLessThan(0.01 * size);
      b.forEach((value, index) => {
        expect(isBfloat16(value)).toBe(true);
        expect(Math.abs(value - a[index]!)).toBeLessThan(0.05 * (Math.abs(a[index]!) + size));
      });
    }
    const moved = exact.variable.dataSync();
    const apart = halves.variable.dataSync().map((value, index) => Math.abs(value - moved[index]!));
    expect(mean(apart)).toBeLessThan(0.01 * mean(moved.map(Math.abs)));
  });

  it('go on moving where each update adds less than half of the distance to the next number', async () => {
    // v = 1 − 0.999^t. Rounded to the nearest it would stay at a quarter: from there, an update adds less than half of 2⁻⁹.
    const { optimizer, update } = trained(inHalves, 257);
    for (let step = 0; step < 1500; step++) update(() => 1);
    const squares = (await optimizer.state()).squareAverages.get('vector')!;
    expect(Math.abs(mean(squares) - (1 - 0.999 ** 1500))).toBeLessThan(0.01);
  });

  it('are rounded to one of the two nearest numbers, as likely as they are near', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
        fc.boolean(),
        async (size, negative) => {
          const { optimizer, update } = trained({ ...inHalves, beta1: 0 });
          const value = Math.fround(negative ? -size : size);
          update(() => value);
          const averages = (await optimizer.state()).gradientAverages.get('vector')!;
          optimizer.dispose();
          const spacing = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 7);
          expect(averages.every((each) => Math.abs(each - value) < spacing)).toBe(true);
          // Five standard errors of the mean of SIZE coin flips.
          expect(Math.abs(mean(averages) - value)).toBeLessThan((5 * 0.5 * spacing) / Math.sqrt(SIZE));
        },
      ),
      { numRuns: 10 },
    );
  });

  it('are restored to the bit, and a run that resumes has the bits of an unbroken one', async () => {
    const gradient = (index: number, step: number): number => Math.sin(index * step);
    const unbroken = trained(inHalves);
    for (let step = 0; step < 4; step++) unbroken.update(gradient);
    const state = await unbroken.optimizer.state();
    const resumed = trained(inHalves);
    resumed.optimizer.restore(state);
    expect(await resumed.optimizer.state()).toEqual(state);
    resumed.variable.assign(unbroken.variable);
    for (let step = 5; step < 8; step++) {
      unbroken.update((index) => gradient(index, step));
      resumed.update((index) => gradient(index, step));
    }
    expect([...resumed.variable.dataSync()]).toEqual([...unbroken.variable.dataSync()]);
    expect(await resumed.optimizer.state()).toEqual(await unbroken.optimizer.state());
  });

  it('are the nearest ones where those of float32 are restored', async () => {
    const exact = trained({});
    exact.update((index) => Math.sin(index + 1));
    const state = await exact.optimizer.state();
    const { optimizer } = trained(inHalves);
    optimizer.restore(state);
    const found = (await optimizer.state()).gradientAverages.get('vector')!;
    state.gradientAverages.get('vector')!.forEach((value, index) => {
      expect(Math.abs(found[index]! - value)).toBeLessThanOrEqual(2 ** -8 * Math.abs(value));
      expect(isBfloat16(found[index]!)).toBe(true);
    });
  });

  it('take half of the memory', () => {
    const bytesOf = (settings: AdamWSettings): number => {
      const before = tf.memory().numBytes;
      const { optimizer, variable } = trained(settings);
      const taken = tf.memory().numBytes - before;
      optimizer.dispose();
      variable.dispose();
      return taken;
    };
    expect(bytesOf({}) - bytesOf(inHalves)).toBe(4 * SIZE);
  });
});

describe('moments of bfloat16 without operations for them', () => {
  it('are refused', async () => {
    await useBackend('cpu');
    try {
      expect(() => trained(inHalves)).toThrow(
        /back end 'cpu' does not have here\. Leave the moments at float32/,
      );
    } finally {
      await useBackend(process.env['AIS_BACKEND'] ?? 'wasm');
    }
  });
});
