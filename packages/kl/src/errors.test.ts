import { expect, test } from 'vitest';
import { KlError } from './errors.js';

test('an error has a name, a code, a cause, a mark that is not listed, and what a command line does about it', () => {
  const error = new KlError('invalid-option', 'there is no divergence "x".', { cause: 1 });
  expect(error).toMatchObject({
    name: 'KlError',
    code: 'invalid-option',
    exit: 'usage',
    message: '@ais/kl: there is no divergence "x".',
    cause: 1,
  });
  expect(new KlError('invalid-value', 'x').exit).toBe('failure');
  expect(Object.getOwnPropertyDescriptor(error, Symbol.for('@ais/error'))).toMatchObject({
    value: '@ais/kl',
    enumerable: false,
  });
});

test('instanceof recognizes the errors of another copy of the package, and nothing else', () => {
  const foreign = (owner: string): unknown =>
    Object.assign(new Error('x'), { [Symbol.for('@ais/error')]: owner });
  expect(foreign('@ais/kl') instanceof KlError).toBe(true);
  for (const value of [foreign('@ais/objectives'), new Error('x'), undefined, null, 'text']) {
    expect(value instanceof KlError).toBe(false);
  }
});
