import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import * as kl from '../src/index.js';
import { mixtureStudy } from '../src/mixture-study/index.js';

const examples = await documentedExamples(new URL('../', import.meta.url));

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(10);
});

test.each(examples)('$name', async ({ code, printed }) => {
  expect(await runExample(code, { ...kl, mixtureStudy, tf })).toEqual(printed);
});
