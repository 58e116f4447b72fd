import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { BACKEND_NAMES } from './backend-name.js';
import { BackendUnavailableError, RuntimeError, UnknownBackendError } from './errors.js';
import { measureBackend } from './measure-backend.js';
import { memoryReport } from './memory-report.js';
import { findNativePackage } from './native-package.js';
import { parseBackendName } from './parse-backend-name.js';
import { type BackendReport, useBackend } from './use-backend.js';
import { hasWasmKernels } from './wasm/wasm-kernels.js';

const tested = process.env['AIS_BACKEND'] ?? 'wasm';
const engines: Record<string, string> = { native: 'tensorflow', 'native-gpu': 'tensorflow' };

// Before anything else runs: only the first start of a back end takes its time.
let together: readonly PromiseSettledResult<BackendReport>[];
beforeAll(async () => {
  together = await Promise.allSettled(['cpu', tested, tested].map((name) => useBackend(name)));
});
afterAll(() => useBackend(tested));

describe('useBackend', () => {
  it('takes turns with itself where it is called before an earlier call has ended', () => {
    expect(together).toMatchObject(
      ['cpu', tested, tested].map((backend) => ({ status: 'fulfilled', value: { backend } })),
    );
    expect(tf.getBackend()).toBe(engines[tested] ?? tested);
  });

  it('runs the back end that is named, and says so', async () => {
    for (const name of ['cpu', tested]) {
      const report = await useBackend(name);
      expect(report.backend).toBe(name);
      expect(report.engineName).toBe(engines[name] ?? name);
      expect(tf.getBackend()).toBe(report.engineName);
      expect(report.versions).toMatchObject({
        '@tensorflow/tfjs-core': tf.version_core,
        node: process.versions.node,
      });
      expect(Object.values(report.versions).every((version) => /\d/.test(version))).toBe(true);
    }
  });

  it('says of every faster back end why it does not run', async () => {
    const { faster } = await useBackend('cpu');
    expect(faster.map(({ backend }) => backend)).toEqual(BACKEND_NAMES.slice(0, -1));
    for (const { reason } of faster) expect(reason).toMatch(/\w/);
    expect(faster.find(({ backend }) => backend === 'wasm')).toMatchObject({
      reason: "'cpu' was asked for",
      remedy: expect.stringContaining("'wasm'"),
    });
    await useBackend(tested);
  });

  it('computes, with gradients', async () => {
    await useBackend(tested);
    const gradient = tf.tidy(() => tf.grad((x: tf.Tensor) => tf.sum(tf.square(x)))(tf.tensor1d([1, -2, 3])));
    expect([...(await gradient.data())]).toEqual([2, -4, 6]);
    gradient.dispose();
  });

  it.each(['abacus', '', 'tensorflow', 'WASM'])(
    'refuses the name "%s" and lists those that exist',
    async (name) => {
      const error: unknown = await useBackend(name).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UnknownBackendError);
      expect(error).toBeInstanceOf(RuntimeError);
      expect(error).not.toBeInstanceOf(BackendUnavailableError);
      expect(error).toMatchObject({ name: 'UnknownBackendError', code: 'unknown-backend' });
      for (const known of BACKEND_NAMES) expect(String(error)).toContain(known);
    },
  );

  it('refuses a back end that cannot run here, with a reason, and keeps the one before', async () => {
    await useBackend(tested);
    const name = tested === 'native-gpu' ? 'native' : 'native-gpu';
    const error: unknown = await useBackend(name).catch((thrown: unknown) => thrown);
    // On a machine with a GPU and everything installed, WASM tests could load it.
    if (!(error instanceof Error)) return;
    expect(error).toBeInstanceOf(BackendUnavailableError);
    expect(error).toMatchObject({
      name: 'BackendUnavailableError',
      code: 'backend-unavailable',
      obstacles: [{ backend: name, reason: expect.stringMatching(/\w/) }],
    });
    expect(tf.getBackend()).toBe(engines[tested] ?? tested);
  });
});

it('recognizes an error of a second copy of the package', () => {
  const foreign = Object.assign(new Error('x'), {
    [Symbol.for('@ais/error')]: '@ais/runtime',
    code: 'unknown-backend',
  });
  expect(foreign).toBeInstanceOf(UnknownBackendError);
  expect(foreign).toBeInstanceOf(RuntimeError);
  expect(foreign).not.toBeInstanceOf(BackendUnavailableError);
  expect(null).not.toBeInstanceOf(RuntimeError);
  expect(new Error('other')).not.toBeInstanceOf(RuntimeError);
});

it('parses the names of back ends', () => {
  for (const name of BACKEND_NAMES) expect(parseBackendName(name)).toBe(name);
  expect(() => parseBackendName('gpu')).toThrow(UnknownBackendError);
});

it('finds the native package where this package has it', async () => {
  const found = await findNativePackage('@tensorflow/tfjs-node');
  expect(found?.version).toMatch(/^4\./);
  expect(found?.addon).toMatch(/lib\/napi-v8\/tfjs_binding\.node$/);
});

it('times a matrix product, and leaves no tensor', async () => {
  await useBackend(tested);
  const { tensors } = memoryReport();
  const { size, milliseconds, gigaflopsPerSecond, products, report } = await measureBackend(tested, {
    size: 100,
    budget: 50,
  });
  expect(report.backend).toBe(tested);
  expect(size).toBe(100);
  expect(products).toBeGreaterThanOrEqual(1);
  expect(gigaflopsPerSecond).toBeCloseTo(2 / milliseconds, 6);
  expect(memoryReport().tensors).toBe(tensors);
});

it('times the product that models take: on WASM our own, on all threads', async () => {
  const run = vi.spyOn(tf.engine(), 'runKernel');
  try {
    await measureBackend(tested, { size: 128, budget: 0 });
    const names = new Set(run.mock.calls.map(([name]) => name));
    expect(names.has('AisMatrixProduct')).toBe(hasWasmKernels());
    expect(names.has('BatchMatMul')).toBe(!hasWasmKernels());
  } finally {
    run.mockRestore();
  }
});

it('times a smaller product where the budget is small', async () => {
  const { size } = await measureBackend(tested, { size: 2048, budget: 0 });
  expect(size).toBe(128);
});

it('counts tensors and bytes', () => {
  const before = memoryReport();
  const tensor = tf.zeros([1000]);
  const during = memoryReport();
  expect(during.tensors - before.tensors).toBe(1);
  expect(during.tensorBytes - before.tensorBytes).toBe(4000);
  expect(during.residentBytes).toBeGreaterThan(1e7);
  expect(during.peakResidentBytes).toBeGreaterThanOrEqual(0.9 * (during.residentBytes ?? 0));
  tensor.dispose();
  expect(memoryReport().tensors).toBe(before.tensors);
});
