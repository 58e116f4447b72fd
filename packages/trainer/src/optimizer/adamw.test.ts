import { hasNativeKernels } from '@ais/runtime';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import fixture from '../../fixtures/adamw.json' with { type: 'json' };
import { TrainerError } from '../errors.js';
import { type AdamWSettings, createAdamW } from './adamw.js';
import { clippingFactor, globalNorm } from './gradient-clipping.js';
import { hasNativeAdam } from './native-adam-moments.js';

type Names = 'matrix' | 'vector';

/** The problem of fixtures/make-adamw.py. */
function problem(): {
  parameters: Map<string, tf.Variable>;
  gradients: (step: number) => Map<string, tf.Tensor>;
} {
  const parameters = new Map(
    (Object.keys(fixture.shapes) as Names[]).map((name, offset) => {
      const shape = fixture.shapes[name];
      const values = tf.cos(tf.add(tf.range(0, tf.util.sizeFromShape(shape), 1, 'float32'), offset));
      return [name, tf.variable(tf.reshape(values, shape))];
    }),
  );
  const gradients = (step: number): Map<string, tf.Tensor> =>
    new Map(
      [...parameters].map(([name, value]) => [
        name,
        tf.tidy(() => tf.mul(tf.sin(tf.add(tf.mul(value, 3), step)), name === 'matrix' ? 2 : 0.01)),
      ]),
    );
  return { parameters, gradients };
}

describe('createAdamW', () => {
  it.each(
    fixture.cases.map((golden) => ({ ...golden, label: JSON.stringify({ ...golden, reached: undefined }) })),
  )('reaches what torch.optim.AdamW reaches: $label', async (golden) => {
    const { parameters, gradients } = problem();
    const optimizer = createAdamW(parameters, golden);
    for (let step = 1; step <= fixture.steps; step++) {
      const found = gradients(step);
      const norm = (await globalNorm(found).data())[0] ?? 0;
      const expectedNorm = golden.firstNorms[step - 1];
      if (expectedNorm !== undefined) expect(norm).toBeCloseTo(expectedNorm, 5);
      optimizer.update(found, {
        learningRate: golden.learningRate * Math.min(1, (step - 1) / 5),
        gradientScale: clippingFactor(norm, golden.maxGradientNorm ?? undefined),
      });
      tf.dispose([...found.values()]);
      const expected = golden.reached.find((reached) => reached.step === step);
      for (const name of expected ? (['matrix', 'vector'] as const) : []) {
        const values = parameters.get(name)!.dataSync();
        expected![name].forEach((value, index) => {
          expect(Math.abs(values[index]! - value)).toBeLessThanOrEqual(1e-5);
        });
      }
    }
    optimizer.dispose();
  });

  it('leaves biases and norms without decay, and every parameter that a pattern names', () => {
    const decayed = (settings: AdamWSettings): string[] => {
      const names = ['mlp.weight', 'mlp.bias', 'input_layernorm.weight'];
      const parameters = new Map(names.map((name) => [name, tf.variable(tf.tensor1d([1]))]));
      const gradients = new Map(names.map((name) => [name, tf.tensor1d([0])]));
      const optimizer = createAdamW(parameters, { weightDecay: 0.5, ...settings });
      optimizer.update(gradients, { learningRate: 0.1 });
      const moved = [...parameters].filter(([, variable]) => variable.dataSync()[0] !== 1);
      for (const [, variable] of moved) expect(variable.dataSync()[0]).toBeCloseTo(0.95, 6);
      optimizer.dispose();
      tf.dispose([...parameters.values(), ...gradients.values()]);
      return moved.map(([name]) => name);
    };
    expect(decayed({})).toEqual(['mlp.weight']);
    expect(decayed({ decayExcept: [] })).toEqual(['mlp.weight', 'mlp.bias', 'input_layernorm.weight']);
    expect(decayed({ decayExcept: ['^mlp'] })).toEqual(['input_layernorm.weight']);
  });

  it.each([1, 8, 9, 12, 100])(
    'updates in chunks of %i elements as if the parameter were whole',
    async (chunkElements) => {
      const [whole, chunked] = [problem(), problem()];
      const first = createAdamW(whole.parameters, { weightDecay: 0.1 });
      const second = createAdamW(chunked.parameters, { weightDecay: 0.1, chunkElements });
      const tensors = tf.memory().numTensors;
      for (let step = 1; step <= 3; step++) {
        for (const [optimizer, own] of [
          [first, whole],
          [second, chunked],
        ] as const) {
          const gradients = own.gradients(step);
          optimizer.update(gradients, { learningRate: 0.1, gradientScale: 0.7 });
          tf.dispose([...gradients.values()]);
        }
      }
      expect(tf.memory().numTensors).toBe(tensors);
      for (const [name, variable] of whole.parameters) {
        expect([...chunked.parameters.get(name)!.dataSync()]).toEqual([...variable.dataSync()]);
      }
      expect(await second.state()).toEqual(await first.state());
      const third = createAdamW(problem().parameters, { weightDecay: 0.1, chunkElements });
      third.restore(await second.state());
      expect(await third.state()).toEqual(await first.state());
    },
  );

  it('restores its state to the bit', async () => {
    const [a, b] = [problem(), problem()];
    const first = createAdamW(a.parameters);
    const both = (optimizer: typeof first, own: typeof a, step: number): void =>
      optimizer.update(own.gradients(step), { learningRate: 0.01 });
    for (let step = 1; step <= 5; step++) both(first, a, step);
    const second = createAdamW(b.parameters);
    second.restore(await first.state());
    for (const [name, variable] of b.parameters) variable.assign(a.parameters.get(name)!);
    for (let step = 6; step <= 9; step++) {
      both(first, a, step);
      both(second, b, step);
    }
    for (const [name, variable] of a.parameters) {
      expect([...b.parameters.get(name)!.dataSync()]).toEqual([...variable.dataSync()]);
    }
    expect(await second.state()).toEqual(await first.state());
  });

  it('leaves a clone, and a state that was read or restored, as they are', async () => {
    const { parameters, gradients } = problem();
    const optimizer = createAdamW(parameters);
    const update = (step: number): void => {
      const found = gradients(step);
      optimizer.update(found, { learningRate: 0.1 });
      tf.dispose([...found.values()]);
    };
    update(1);
    const clones = [...parameters.values()].map((variable) => tf.reshape(variable, [-1]));
    const before = clones.map((clone) => Array.from(clone.dataSync()));
    const state = await optimizer.state();
    const averages = structuredClone(state);
    optimizer.restore(state);
    update(2);
    expect(clones.map((clone) => Array.from(clone.dataSync()))).toEqual(before);
    expect(state).toEqual(averages);
    tf.dispose(clones);
    optimizer.dispose();
  });

  it('disposes of what it may consume, small and large, and computes the same', () => {
    const [kept, consumed] = [problem(), problem()].map(({ parameters, gradients }, index) => {
      const found = gradients(1);
      createAdamW(parameters, { chunkElements: 8 }).update(found, {
        learningRate: 0.1,
        consume: index === 1,
      });
      return { parameters, gradients: [...found.values()] };
    });
    expect(kept!.gradients.map(({ isDisposed }) => isDisposed)).toEqual([false, false]);
    expect(consumed!.gradients.map(({ isDisposed }) => isDisposed)).toEqual([true, true]);
    for (const [name, variable] of kept!.parameters) {
      expect([...consumed!.parameters.get(name)!.dataSync()]).toEqual([...variable.dataSync()]);
    }
  });

  it('makes no tensors that stay', () => {
    const { parameters, gradients } = problem();
    const optimizer = createAdamW(parameters, { weightDecay: 0.1 });
    const found = gradients(1);
    const before = tf.memory().numTensors;
    for (let step = 0; step < 3; step++) optimizer.update(found, { learningRate: 0.1, gradientScale: 0.5 });
    expect(tf.memory().numTensors).toBe(before);
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(
      before - (hasNativeAdam() && !hasNativeKernels() ? 3 : 2) * parameters.size,
    );
    expect(() => optimizer.update(found, { learningRate: 0.1 })).toThrow(/disposed/);
  });

  it('says what is wrong', async () => {
    const { parameters, gradients } = problem();
    expect(() => createAdamW(parameters, { beta1: 1 })).toThrow(/beta1 must be in \[0, 1\), not 1/);
    expect(() => createAdamW(parameters, { epsilon: 0 })).toThrow(TrainerError);
    const optimizer = createAdamW(parameters);
    expect(() => optimizer.update(new Map([['other', tf.ones([2])]]), { learningRate: 1 })).toThrow(/other/);
    expect(() => optimizer.update(new Map([['vector', tf.ones([2])]]), { learningRate: 1 })).toThrow(
      /vector/,
    );
    optimizer.update(gradients(1), { learningRate: 1 });
    const smaller = createAdamW(new Map([['matrix', tf.variable(tf.ones([2, 2]))]]));
    const state = await optimizer.state();
    expect(() => smaller.restore(state)).toThrow(/12 elements for matrix, which has 4/);
  });
});
