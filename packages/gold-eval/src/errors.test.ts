import { expect, test } from 'vitest';
import { GoldEvalError } from './errors.js';

test('an error tells its package, its code, and how a command ends', () => {
  const error = new GoldEvalError('invalid-option', 'noise must be a share, got 2.', { cause: 'flag' });
  expect(error).toMatchObject({
    name: 'GoldEvalError',
    code: 'invalid-option',
    exit: 'usage',
    message: '@ais/gold-eval: noise must be a share, got 2.',
    cause: 'flag',
  });
  expect(new GoldEvalError('scorer-failed', 'down.').exit).toBe('failure');
  expect(Object.keys(error)).not.toContain('Symbol(@ais/error)');
  expect(Object.getOwnPropertyDescriptor(error, Symbol.for('@ais/error'))).toMatchObject({
    value: '@ais/gold-eval',
    enumerable: false,
  });
});

test('instanceof recognizes the errors of another copy of the package, and nothing else', async () => {
  // A query makes it another module.
  const path = './errors.js?copy';
  const copy = (await import(/* @vite-ignore */ path)) as typeof import('./errors.js');
  expect(copy.GoldEvalError).not.toBe(GoldEvalError);
  expect(new copy.GoldEvalError('invalid-value', 'NaN.')).toBeInstanceOf(GoldEvalError);
  const other = Object.assign(new Error('x'), { [Symbol.for('@ais/error')]: '@ais/data' });
  for (const value of [other, new Error('x'), undefined, null, 'text']) {
    expect(value instanceof GoldEvalError).toBe(false);
  }
});
