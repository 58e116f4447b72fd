import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { NativePackage } from '../native-package.js';
import { verifyNative } from './verify-native.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ais-verify-'));
  vi.stubEnv('CUDA_VISIBLE_DEVICES', undefined);
  vi.stubEnv('TF_FORCE_GPU_ALLOW_GROWTH', undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

/** A package that computes with lists of numbers. */
async function verify(name: NativePackage['name'], add: string): Promise<unknown> {
  await writeFile(
    join(directory, 'index.js'),
    `const made = (values) => ({ values, dataSync: () => values });
     module.exports = {
       tensor2d: made,
       matMul: ({ values: a }, { values: b }) => made(a.map((_, at) => {
         const [i, j] = [Math.floor(at / 64), at % 64];
         let sum = 0;
         for (let k = 0; k < 64; k++) sum += a[64 * i + k] * b[64 * j + k];
         return sum;
       })),
       add: ({ values: a }, { values: b }) => { ${add} },
       getBackend: () => 'tensorflow',
       backend: () => ({ binding: { TF_Version: '1.0' }, isUsingGpuDevice: true }),
     };`,
  );
  return verifyNative({ name, directory } as NativePackage);
}

it('says what computes, and where', async () => {
  const proof = await verify('@tensorflow/tfjs-node', 'return made(a.map((value, i) => value + b[i]));');
  expect(proof).toEqual({ tensorflow: '1.0', gpu: true });
});

it("refuses a library that multiplies and does not add: a GPU newer than TensorFlow's own kernels", async () => {
  await expect(verify('@tensorflow/tfjs-node-gpu', 'return made(a);')).rejects.toMatchObject({
    code: 'verification-failed',
    message: expect.stringMatching(/off by 3/),
  });
});

it('leaves other programs their GPUs and their memory', async () => {
  const tell =
    "const { env } = process; console.error('has', env.CUDA_VISIBLE_DEVICES, env.TF_FORCE_GPU_ALLOW_GROWTH); process.exit(1);";
  await expect(verify('@tensorflow/tfjs-node-gpu', tell)).rejects.toThrow(/has 0 true/);
  await expect(verify('@tensorflow/tfjs-node', tell)).rejects.toThrow(/has undefined undefined/);
});
