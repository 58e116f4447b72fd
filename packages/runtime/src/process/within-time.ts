import type { Context, Script } from 'node:vm';
import { nodeBuiltinIfThere } from '../node-builtins.js';

/** Synchronous work took longer than it may. */
export class TimeLimitReached extends Error {
  override readonly name = 'TimeLimitReached';
}

let sandbox: { readonly script: Script; readonly context: Context } | undefined;

/**
 * Does synchronous work that may never end, such as matching a stranger's regular expression, and ends it after a while: it
 * would hold up signals too. A call takes some hundredths of a millisecond by itself.
 *
 * @param milliseconds that it may take; a multiple of what it needs, since a busy machine counts as well
 * @throws {TimeLimitReached}
 * @gotcha Browsers cannot end work: there it runs without a limit.
 * @example
 * withinTime(500, () => /(a+)+$/.test(text));
 */
export function withinTime<T>(milliseconds: number, work: () => T): T {
  const vm = nodeBuiltinIfThere('node:vm');
  if (vm === undefined) return work();
  sandbox ??= { script: new vm.Script('work()'), context: vm.createContext({}) };
  const { script, context } = sandbox;
  context['work'] = work;
  try {
    return script.runInContext(context, { timeout: Math.ceil(milliseconds) }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new TimeLimitReached(`it took longer than ${Math.ceil(milliseconds)} ms`);
  }
}
