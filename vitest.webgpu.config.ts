import { existsSync } from 'node:fs';
import type { ViteUserConfig } from 'vitest/config';
import { equipped } from './tools/vitest/equipped';

// Chromium brings SwiftShader, a driver that computes on the processor; VK_ICD_FILENAMES names another one.
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';
const driver = process.env['VK_ICD_FILENAMES'] ?? (existsSync(swiftShader) ? swiftShader : undefined);

/** Parity on WebGPU in Node, by Dawn; needs the Vulkan loader and a driver. In software, a gradient takes seconds. */
const config: ViteUserConfig = equipped({
  env: { AIS_BACKEND: 'webgpu', ...(driver !== undefined && { VK_ICD_FILENAMES: driver }) },
  include: ['packages/*/{src,test}/**/*-webgpu.test.ts'],
  // Shaders are compiled once for all files.
  isolate: false,
  fileParallelism: false,
  testTimeout: 300_000,
  hookTimeout: 300_000,
});

export default config;
