import { expect, test } from 'vitest';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import * as goldEval from '../src/index.js';
import * as statistics from '../src/statistics/index.js';

const examples = await documentedExamples(new URL('../', import.meta.url));

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(14);
});

test.each(examples)('$name', async ({ code, printed }) => {
  expect(await runExample(code, { ...goldEval, ...statistics })).toEqual(printed);
});
