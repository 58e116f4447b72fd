import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { guardStandardStreams } from './standard-streams.js';

const failing = (code: string): Error => Object.assign(new Error(code), { code });
const stream = (): NodeJS.WriteStream => new PassThrough() as unknown as NodeJS.WriteStream;

test('what standard error cannot take is lost, whether it tells so or throws', () => {
  let closed = 0;
  const told = stream();
  guardStandardStreams(() => closed++, { stdout: stream(), stderr: told } as never);
  told.emit('error', failing('EIO'));
  const thrown = stream();
  thrown.write = () => {
    throw failing('ENOSPC');
  };
  guardStandardStreams(() => closed++, { stdout: stream(), stderr: thrown } as never);
  for (const stderr of [told, thrown, thrown]) expect(stderr.write('progress')).toBe(true);
  expect(closed).toBe(0);
});

test('a failure of standard output is told once, and callers that wait for a write are called', async () => {
  const stdout = stream();
  let closed = 0;
  const streams = guardStandardStreams(() => closed++, { stdout, stderr: stream() } as never);
  expect(streams.outputFailure).toBeUndefined();
  stdout.emit('error', failing('EPIPE'));
  stdout.emit('error', failing('ERR_STREAM_DESTROYED'));
  await new Promise<void>((resolve) => stdout.write('more', () => resolve()));
  expect(closed).toBe(1);
  expect(streams.outputFailure?.code).toBe('EPIPE');
});
