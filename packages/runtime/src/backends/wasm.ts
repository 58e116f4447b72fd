import * as tf from '@tensorflow/tfjs-core';
import { startWasmKernels } from '../wasm/wasm-kernels.js';
import { withSharedMemory } from '../wasm/with-shared-memory.js';
import type { Backend } from './backend.js';
import { portable } from './portable.js';
import { shareClones } from './wasm-clones.js';
import { guardWasmMemory } from './wasm-memory.js';
import { defineReductionsOfNothing } from './wasm-nothing.js';

const plain = portable(
  'wasm',
  '@tensorflow/tfjs-backend-wasm',
  () => import('@tensorflow/tfjs-backend-wasm'),
);

export const wasm: Backend = {
  ...plain,

  register: async (options) => {
    const obstacle = await plain.register(options);
    if (obstacle) return obstacle;
    // Its own build for threads serves plain matrix products only, and does not run in Node; ours serve all kernels.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    if (options.threads === 1) return undefined;
    // Without memory that can be shared, it starts as on one thread.
    const started = await withSharedMemory(() => tf.setBackend('wasm')).catch(() => false);
    if (started) startWasmKernels(options.threads);
    return undefined;
  },

  confirm: () => {
    guardWasmMemory();
    shareClones();
    defineReductionsOfNothing();
    return undefined;
  },
};
