import { expect, test } from 'vitest';
import { numbers, sum } from '../../test/stages.js';
import { directoryStore } from '../directory-store.js';
import { stageOrder } from '../stage-order.js';
import { stageSpec } from '../stage-spec.js';
import { readPayload } from './job-payload.js';

const values = stageSpec(numbers, { values: [1] }, {});
const order = stageOrder(
  stageSpec(sum, { seed: 1 }, { first: values }, 'wasm', { budget: 3 }),
  directoryStore('store'),
  'sum',
  7,
);

test('an order is the same after the queue', () => {
  expect(readPayload(JSON.parse(JSON.stringify(order)))).toEqual(order);
});

test.each<[string, unknown, RegExp]>([
  ['no object', 'order', /the payload: /],
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
  expect(() => readPayload(payload)).toThrow(where);
  expect(() => readPayload(payload)).toThrow(expect.objectContaining({ code: 'invalid-order' }));
});
