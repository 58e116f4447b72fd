import { expect, it } from 'vitest';
import { gpuEnvironment } from './gpu-environment.js';

it('asks for one GPU, memory as it is needed, full float32, and the same digits in every run', () => {
  expect(gpuEnvironment({})).toEqual({
    CUDA_VISIBLE_DEVICES: '0',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    NVIDIA_TF32_OVERRIDE: '0',
    TF_DETERMINISTIC_OPS: '1',
  });
});

it('leaves what the user has set, also to nothing', () => {
  const given = { CUDA_VISIBLE_DEVICES: '', NVIDIA_TF32_OVERRIDE: '1', TF_DETERMINISTIC_OPS: '0' };
  expect(gpuEnvironment(given)).toEqual({ TF_FORCE_GPU_ALLOW_GROWTH: 'true' });
});
