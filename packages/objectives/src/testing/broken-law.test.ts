import { expect, it } from 'vitest';
import { ObjectivesError } from '../errors.js';
import { BrokenLaw, causeOf } from './broken-law.js';

it('shows the cause first, and a line below for each detail', () => {
  const error = new BrokenLaw('the loss is NaN in row 0', ['options: {}', 'batch of 1 row: { x: [1] }']);
  expect(error.message).toBe(
    '@ais/objectives: the loss is NaN in row 0\n  options: {}\n  batch of 1 row: { x: [1] }',
  );
  expect(error).toMatchObject({ name: 'BrokenLaw', code: 'broken-law', exit: 'failure' });
  expect(error).toBeInstanceOf(ObjectivesError);
});

it('names the deepest of the errors that led to one another', () => {
  const deepest = new TypeError('f is not a function');
  const middle = new RangeError('no loss', { cause: deepest });
  expect(causeOf(deepest)).toBe('it throws TypeError: f is not a function');
  expect(causeOf(new Error('no step', { cause: middle }))).toBe(
    'it throws TypeError: f is not a function, which led to RangeError: no loss, which led to Error: no step',
  );
  expect(causeOf('a string')).toBe('it throws a string');
  expect(causeOf(new Error('x', { cause: 'a string' }))).toBe('it throws a string, which led to Error: x');
  expect(causeOf(new BrokenLaw('a law', [], { cause: deepest }))).toBe('a law');
  const circle = new Error('circle');
  circle.cause = circle;
  expect(causeOf(circle)).toBe('it throws Error: circle');
});
