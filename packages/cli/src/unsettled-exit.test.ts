import { PassThrough } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { progressReporter } from './progress.js';
import { reportUnsettledExit } from './unsettled-exit.js';

const output = capturedOutput();
afterEach(() => {
  process.exitCode = undefined;
});

test('a command that waits for what never comes says so, with what it did last', () => {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  reportUnsettledExit(13);
  expect(output.err).toMatch(/^ais: stopped: a promise never settled\. Look at the module/);
  progressReporter(stream).report({ task: 'judge', completed: 3, total: 8 });
  process.exitCode = 13;
  reportUnsettledExit(0);
  expect(output.err).toMatch(/must be resolved or rejected\. Last progress: judge, 3 of 8\.\n$/);
  expect(process.exitCode).toBe(1);
});

test.each([0, 1, 2, 130])('an end with status %i is left as it is', (status) => {
  reportUnsettledExit(status);
  expect(output.err).toBe('');
  expect(process.exitCode).toBeUndefined();
});
