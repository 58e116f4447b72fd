import { expect, test } from 'vitest';
import { splitCredentials } from './credentials.js';

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

test.each([
  ['https://host/a?b=1', undefined],
  ['https://user:secret@host/a?b=1', basic('user:secret')],
  ['https://us%40er:s%C3%A9cret@host/a?b=1', basic('us@er:sécret')],
  ['https://user:100%@host/a?b=1', basic('user:100%')],
])('the credentials of %s go into a header', (address, authorization) => {
  expect(splitCredentials(address)).toEqual({
    url: 'https://host/a?b=1',
    headers: authorization === undefined ? {} : { authorization },
  });
});
