import { PassThrough } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { progressReporter } from './progress.js';
import { tellOfUnanswered } from './unanswered.js';

const output = capturedOutput();
afterEach(() => {
  process.exitCode = undefined;
});

test('a command that waits for what never comes says so, with what it did last', () => {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  tellOfUnanswered(13);
  expect(output.err).toMatch(/^ais: something that was waited for never answered/);
  progressReporter(stream).report({ task: 'judge', completed: 3, total: 8 });
  process.exitCode = 13;
  tellOfUnanswered(0);
  expect(output.err).toMatch(/The last that was reported: judge, 3 of 8\. Look at the module/);
  expect(process.exitCode).toBe(1);
});

test.each([0, 1, 2, 130])('an end with status %i is left as it is', (status) => {
  tellOfUnanswered(status);
  expect(output.err).toBe('');
  expect(process.exitCode).toBeUndefined();
});
