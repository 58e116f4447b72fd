import type { AsyncLocalStorage } from 'node:async_hooks';
import { nodeBuiltinIfThere } from '../node-builtins.js';

let storage: AsyncLocalStorage<AbortSignal> | undefined;

/**
 * Does something that a signal interrupts: every wait in it for another process, a lock, or the Hub ends with the signal's
 * reason, also where the signal is not passed on.
 *
 * @example
 * await interruptible(controller.signal, () => loadTokenizer('owner/name'));
 */
export function interruptible<T>(signal: AbortSignal, work: () => T): T {
  const hooks = nodeBuiltinIfThere('node:async_hooks');
  if (hooks === undefined) return work();
  storage ??= new hooks.AsyncLocalStorage();
  return storage.run(signal, work);
}

/**
 * The signal that interrupts what is being done: the given one, or that of `interruptible` around the call.
 *
 * @example
 * const { signal } = new AbortController();
 * console.log(interruption(signal) === signal, interruption()); // true undefined
 */
export function interruption(given?: AbortSignal): AbortSignal | undefined {
  return given ?? storage?.getStore();
}
