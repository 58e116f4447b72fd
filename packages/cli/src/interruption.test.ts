import { interruption } from '@ais/runtime/process';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { onInterruption, tellOfClosedOutput } from './interruption.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  vi.spyOn(process, 'exit').mockImplementation((status) => {
    throw new Error(`exit ${status}`);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s stops work where it can resume', (name) => {
  const lines: string[] = [];
  const { signal, release } = onInterruption((line) => lines.push(line));
  process.emit(name, name);
  release();
  expect(signal.aborted).toBe(true);
  expect(lines).toEqual([
    'Stopping at the next point from which it can resume; press again to stop at once.',
  ]);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  'a second %s ends the process; one that comes right after the first is the same',
  (name, status) => {
    const { release } = onInterruption(() => {});
    process.emit(name, name);
    vi.advanceTimersByTime(100);
    process.emit(name, name);
    vi.advanceTimersByTime(1000);
    expect(() => process.emit(name, name)).toThrow(`exit ${status}`);
    release();
  },
);

test('SIGHUP comes from the terminal and from the shell, and never ends the process at once', () => {
  const { signal, release } = onInterruption(() => {});
  process.emit('SIGHUP', 'SIGHUP');
  vi.advanceTimersByTime(1000);
  process.emit('SIGHUP', 'SIGHUP');
  release();
  expect(signal.aborted).toBe(true);
});

test('a closed output stops work without a word', () => {
  const lines: string[] = [];
  const { signal, release } = onInterruption((line) => lines.push(line));
  tellOfClosedOutput();
  release();
  expect(signal.aborted).toBe(true);
  expect(lines).toEqual([]);
});

test('what is run ends its waits with the signal', async () => {
  const { signal, run, release } = onInterruption(() => {});
  const found = await run(async () => {
    await Promise.resolve();
    return interruption();
  });
  release();
  expect(found).toBe(signal);
});
