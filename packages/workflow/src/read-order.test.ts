import { expect, test } from 'vitest';
import { numbers, sum } from '../test/stages.js';
import { directoryStore } from './directory-store.js';
import { readOrder } from './read-order.js';
import { stageOrder } from './stage-order.js';
import { stageSpec } from './stage-spec.js';

const values = stageSpec(numbers, { values: [1] }, {});
const order = stageOrder(
  stageSpec(sum, { seed: 1 }, { first: values }, 'wasm', { budget: 3 }),
  directoryStore('store'),
  'sum',
  7,
);

test('an order is the same after it was written and read', () => {
  expect(readOrder(JSON.parse(JSON.stringify(order)), 'a job')).toEqual(order);
});

test.each<[string, unknown, RegExp]>([
  ['no object', 'order', /a job is not the order of a stage: all of it: /],
  ['a key that is none', { ...order, key: 'f'.repeat(63) }, /key: /],
  ['a path for a folder', { ...order, folder: 'a/b' }, /folder: /],
  ['a parent for a folder', { ...order, folder: '..' }, /folder: /],
  ['another system\u2019s path', { ...order, folder: 'a\\b' }, /folder: /],
  [
    'a need out of the store',
    { ...order, needs: { first: { key: values.key, folder: '/etc' } } },
    /needs\.first\.folder: /,
  ],
  ['code beside it', { ...order, module: 'data:text/javascript,0' }, /module/],
])('%s is refused', (_what, payload, where) => {
  expect(() => readOrder(payload, 'a job')).toThrow(where);
  expect(() => readOrder(payload, 'a job')).toThrow(expect.objectContaining({ code: 'invalid-order' }));
});
