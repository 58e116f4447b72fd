import { expect, test } from 'vitest';
import { postJson } from './post-json.js';

test.each([
  ['seconds', '7', undefined, 7000],
  [
    'a date by the clock of the server',
    'Thu, 01 Jan 1970 00:00:09 GMT',
    'Thu, 01 Jan 1970 00:00:00 GMT',
    9000,
  ],
  ['a date that is over', 'Thu, 01 Jan 1970 00:00:00 GMT', 'Thu, 01 Jan 1970 00:00:09 GMT', 0],
  ['a date by a clock that is not shown', 'Thu, 01 Jan 1970 00:00:09 GMT', undefined, 0],
  ['neither', 'soon', undefined, undefined],
])('a server may ask to wait for %s', async (_what, wait, date, expected) => {
  const headers = new Headers({ 'retry-after': wait, ...(date !== undefined && { date }) });
  const attempt = await postJson('the judge', 'http://judge.test', {}, () => true, {
    headers: new Headers(),
    fetch: async () => new Response('busy', { status: 503, headers }),
  });
  expect(attempt).toMatchObject({ failure: { status: 503, transient: true } });
  expect('failure' in attempt && attempt.failure.retryAfter).toBe(expected);
});
