import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import * as doctor from './doctor.js';
import * as runtime from './index.js';

const scope = {
  ...runtime,
  ...doctor,
  tf,
  // These two are tried for real where a machine is set up: they download, and start processes.
  installNative: async () => ({ tensorflow: '2.15.1', seconds: 1 }),
  diagnose: async () => ({ backend: 'wasm', backends: [] }),
};

const examples = await documentedExamples(new URL('../', import.meta.url));

it.each(examples)('$name', async ({ code, printed }) => {
  try {
    const lines = await runExample(code, scope);
    for (const [index, line] of printed.entries()) {
      if (line !== undefined) expect(lines[index]).toBe(line);
    }
  } finally {
    await runtime.useBackend(process.env['AIS_BACKEND'] ?? 'wasm');
  }
});

it('finds the examples', () => {
  expect(examples.length).toBeGreaterThan(5);
});
