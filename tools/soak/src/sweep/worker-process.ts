import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A worker in a process group of its own, with the process of the stage that it works on. */
export interface WorkerProcess {
  /** Resolves when it begins a stage, or ends. */
  readonly begun: Promise<void>;
  readonly ended: Promise<void>;
  /** Sends a signal to the worker alone, or to the process of its stage too. */
  signal(name: NodeJS.Signals, to: 'worker' | 'group'): void;
}

/** Starts a worker of the sweep on a queue and a store. */
export function startWorker(
  { url, queue, root }: { readonly url: string; readonly queue: string; readonly root: string },
  onEvent: (message: string) => void,
): WorkerProcess {
  const program = fileURLToPath(new URL('../dist/sweep/sweep-worker.js', import.meta.url));
  const child: ChildProcess = fork(program, [url, queue, root], {
    // Not the options of a test runner, which would load the packages' sources.
    execArgv: [],
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => {});
  const begun = new Promise<void>((resolve) => {
    child.on('message', (message: string) => {
      onEvent(message);
      if (message.endsWith(': begins')) resolve();
    });
    child.on('exit', resolve);
  });
  return {
    begun,
    ended,
    signal(name, to) {
      const { pid } = child;
      if (pid === undefined) return;
      try {
        process.kill(to === 'group' ? -pid : pid, name);
      } catch (error) {
        // It has ended by itself.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    },
  };
}
