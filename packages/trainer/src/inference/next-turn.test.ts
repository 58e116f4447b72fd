import { afterEach, expect, it, vi } from 'vitest';
import { nextTurn } from './next-turn.js';

afterEach(() => vi.unstubAllGlobals());

it.each([
  ['in Node', (): void => {}],
  ['in a page, which has no setImmediate', () => void vi.stubGlobal('setImmediate', undefined)],
])('lets in a message that waits, %s', async (_, prepare) => {
  prepare();
  const { port1, port2 } = new MessageChannel();
  let arrived = false;
  port1.onmessage = () => {
    arrived = true;
    port1.close();
  };
  port2.postMessage(undefined);
  // Promises alone let nothing in, however many are awaited.
  for (let turn = 0; turn < 1000; turn++) await undefined;
  expect(arrived).toBe(false);
  for (let turn = 0; turn < 1000 && !arrived; turn++) await nextTurn();
  expect(arrived).toBe(true);
});
