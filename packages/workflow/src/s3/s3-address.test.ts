import { expect, test } from 'vitest';
import { configuredEndpoint, readS3Address, withEndpoint } from './s3-address.js';

test('an address has a bucket, a prefix, and an endpoint of one’s own', () => {
  expect(readS3Address('s3://studies')).toEqual({ bucket: 'studies', prefix: '' });
  expect(readS3Address('s3://studies/paper/tiny/')).toEqual({ bucket: 'studies', prefix: 'paper/tiny/' });
  expect(readS3Address(withEndpoint('s3://studies/a b', 'http://localhost:9000'))).toEqual({
    bucket: 'studies',
    prefix: 'a b/',
    endpoint: 'http://localhost:9000',
  });
});

test.each([
  's3://key:hidden@studies/paper',
  's3://studies/paper?endpoint=https://key:hidden@host',
  's3://studies/paper?secret=hidden',
  's3://Studies/hidden',
  's3:///hidden',
  's3://studies/hidden-100%',
  'http://hidden',
])('%s is no address, and is not shown', (address) => {
  expect(() => readS3Address(address)).toThrow(expect.objectContaining({ code: 'invalid-address' }));
  expect(() => readS3Address(address)).not.toThrow(/hidden/);
});

test('the environment names a server, the one for S3 before the one for all services', () => {
  expect(configuredEndpoint({})).toBeUndefined();
  expect(configuredEndpoint({ AWS_ENDPOINT_URL: 'http://all:1', AWS_ENDPOINT_URL_S3: '' })).toBe(
    'http://all:1',
  );
  expect(configuredEndpoint({ AWS_ENDPOINT_URL: 'http://all:1', AWS_ENDPOINT_URL_S3: 'http://s3:1' })).toBe(
    'http://s3:1',
  );
  expect(() => configuredEndpoint({ AWS_ENDPOINT_URL: 'http://key:hidden@host' })).toThrow(
    /without user and password/,
  );
});
