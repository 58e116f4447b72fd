import { expect, it } from 'vitest';
import { firstExamples, mapExamples } from './examples.js';

it('are made of others when they are asked for, and no sooner', () => {
  const asked: number[] = [];
  const squares = mapExamples([1, 2, 3], (value, index) => {
    asked.push(index);
    return value ** 2;
  });
  expect(squares.length).toBe(3);
  expect(asked).toEqual([]);
  expect([squares.at(2), squares.at(3)]).toEqual([9, undefined]);
  expect([...squares]).toEqual([1, 4, 9]);
  expect(asked).toEqual([2, 0, 1, 2]);
});

it.each([0, 2, 3, 9, Infinity])('are at most the first %s', (count) => {
  const first = firstExamples([1, 2, 3], count);
  expect([...first]).toEqual([1, 2, 3].slice(0, count));
  expect(first.length).toBe(Math.min(3, count));
  expect(first.at(count)).toBeUndefined();
});
