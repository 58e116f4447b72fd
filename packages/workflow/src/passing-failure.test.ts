import { expect, test } from 'vitest';
import { WorkflowError } from './errors.js';
import { isPassing, passingWarning } from './passing-failure.js';
import { explainS3Error } from './s3/s3-errors.js';
import { reportError, restoreError } from './worker-messages.js';

const place = { bucket: 'b', key: 'k', endpoint: 'http://s3.test' };
const answered = (httpStatusCode: number, name = 'Error'): Error =>
  Object.assign(new Error('no'), { name, $metadata: { httpStatusCode } });
const system = (code: string): Error => Object.assign(new Error(`${code}: no`), { code });

test.each<[string, unknown, boolean]>([
  ['a disk that is full', system('ENOSPC'), true],
  ['a disk that fails', system('EIO'), true],
  ['a server of files that was started again', system('ESTALE'), true],
  ['an S3 server that cannot be reached', explainS3Error(system('ECONNREFUSED'), place), true],
  ['an S3 server that is overloaded', explainS3Error(answered(503), place), true],
  ['one of too many requests', explainS3Error(answered(429), place), true],
  ['a bucket that does not exist', explainS3Error(answered(404, 'NoSuchBucket'), place), false],
  ['access that is denied', explainS3Error(answered(403), place), false],
  ['a request that is wrong', explainS3Error(answered(400), place), false],
  ['what a stage throws', new Error('x'), false],
  ['what is no error', 'ENOSPC', false],
])('%s is told apart, also by another process', (_what, error, expected) => {
  expect(isPassing(error)).toBe(expected);
  expect(isPassing(restoreError(reportError(error)))).toBe(expected && error instanceof Error);
});

test('what is waited for is said in sentences', () => {
  expect(passingWarning(system('EIO'), 10_000)).toBe('EIO: no. Until this is over, it is tried every 10 s.');
  const away = new WorkflowError('store-failed', 'it is away.');
  expect(passingWarning(away, 500)).toMatch(/it is away\. Until this is over, it is tried every 0\.5 s\.$/);
});
