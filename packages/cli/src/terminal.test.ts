import { interruption } from '@ais/runtime/process';
import { expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { onTerminal } from './terminal.js';

const output = capturedOutput();

test('work on a terminal gives its result, and its waits end with the signal', async () => {
  const result = await onTerminal(async ({ signal }) => ({ same: interruption() === signal }));
  expect(result).toEqual({ same: true });
});

test('work that cannot be resumed says at a signal what becomes of it', async () => {
  const announce = 'Stopping; nothing is written yet.';
  const aborted = await onTerminal(
    async ({ signal }) => {
      process.emit('SIGINT', 'SIGINT');
      return signal.aborted;
    },
    { announce },
  );
  expect(aborted).toBe(true);
  expect(output.err).toBe(`${announce}\n`);
});
