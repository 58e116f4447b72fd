import { expect, it } from 'vitest';
import { calledFunctions, describedFunctions } from './called-functions.js';

it.each([
  [{ tool_calls: [{ type: 'function', function: { name: 'a' } }, { name: 'b' }] }, ['a', 'b']],
  [{ function_call: { name: 'a', arguments: '{}' } }, ['a']],
  [{ tool_calls: [] }, []],
  [{ tool_calls: [{ function: {} }, null, 'x'] }, []],
  [{ tool_calls: 'x' }, []],
  [{ name: 'of a tool' }, []],
])('the functions that %j calls', (message, names) => {
  expect(calledFunctions(message)).toEqual(names);
});

it('the functions that tools describe', () => {
  expect(describedFunctions([{ type: 'function', function: { name: 'a' } }, { name: 'b' }, {}])).toEqual([
    'a',
    'b',
  ]);
});
