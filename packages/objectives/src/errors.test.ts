import { expect, it } from 'vitest';
import { ObjectivesError } from './errors.js';
import { ConformanceError } from './testing/index.js';

it('has a name, a code, a cause, a mark that is not listed, and what a command line does about it', () => {
  const error = new ObjectivesError('invalid-option', 'beta is 0.', { cause: 1 });
  expect(error).toMatchObject({
    name: 'ObjectivesError',
    code: 'invalid-option',
    exit: 'usage',
    message: '@ais/objectives: beta is 0.',
    cause: 1,
  });
  expect(Object.getOwnPropertyDescriptor(error, Symbol.for('@ais/error'))).toMatchObject({
    value: '@ais/objectives',
    enumerable: false,
  });
  for (const code of ['invalid-objective', 'coupled-objective'] as const)
    expect(new ObjectivesError(code, 'x').exit).toBe('usage');
  for (const code of [
    'invalid-batch',
    'missing-backend',
    'missing-gradients',
    'broken-law',
    'conformance',
  ] as const)
    expect(new ObjectivesError(code, 'x').exit).toBe('failure');
});

it('recognizes the errors of another copy of the package by mark and code, and nothing else', () => {
  const foreign = (owner: string, code: string): unknown =>
    Object.assign(new Error('x'), { [Symbol.for('@ais/error')]: owner, code });
  expect(foreign('@ais/objectives', 'conformance') instanceof ObjectivesError).toBe(true);
  expect(foreign('@ais/objectives', 'conformance') instanceof ConformanceError).toBe(true);
  expect(foreign('@ais/objectives', 'broken-law') instanceof ConformanceError).toBe(false);
  for (const value of [foreign('@ais/kl', 'conformance'), new Error('x'), null, undefined, 'x', 1]) {
    expect(value instanceof ObjectivesError).toBe(false);
    expect(value instanceof ConformanceError).toBe(false);
  }
});
