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
 * Time that other processes took is not the work's: if it was ended and had less of the processor than it may have, it is done
 * again with more time.
 *
 * Gotcha: browsers cannot end work: there it runs without a limit.
 *
 * @param milliseconds of the processor that it may take
 * @param work is done once, or several times on a busy machine
 * @throws {TimeLimitReached}
 * @example
 * withinTime(500, () => /(a+)+$/.test(text));
 */
export function withinTime<T>(milliseconds: number, work: () => T): T {
  const vm = nodeBuiltinIfThere('node:vm');
  if (vm === undefined) return work();
  sandbox ??= { script: new vm.Script('work()'), context: vm.createContext({}) };
  const { script, context } = sandbox;
  context['work'] = work;
  for (let timeout = Math.ceil(milliseconds); ; timeout *= 2) {
    const before = process.cpuUsage();
    try {
      return script.runInContext(context, { timeout }) as T;
    } catch (error) {
      if ((error as NodeJS.ErrnoException)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      const { user, system } = process.cpuUsage(before);
      // Timers and accounting differ by some ticks: nine tenths are the whole.
      if ((user + system) / 1000 >= 0.9 * milliseconds) {
        throw new TimeLimitReached(`it took longer than ${Math.ceil(milliseconds)} ms`);
      }
    }
  }
}
