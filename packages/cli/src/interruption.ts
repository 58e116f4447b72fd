import { constants } from 'node:os';
import { interruptible } from '@ais/runtime/process';

/** Signals that ask a program to end: from a key, another program, or a terminal that closes. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One of these, or `SIGPIPE` for a reader of standard output that has gone. */
export type EndingSignal = (typeof SIGNALS)[number] | 'SIGPIPE';

const listeners = new Set<(signal: EndingSignal) => void>();

/**
 * Tells a listener of the signals that ask the program to end, instead of ending it.
 *
 * `SIGPIPE` stands for standard output without a reader. The signal itself, which a closed standard error sends too,
 * stays ignored, as Node has it.
 *
 * @returns a function that stops listening
 */
export function listenToSignals(listener: (signal: EndingSignal) => void): () => void {
  for (const signal of SIGNALS) process.on(signal, listener);
  listeners.add(listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
    listeners.delete(listener);
  };
}

/** Ends the program at a signal without a listener; before, temporary files go, and so do child processes. */
export function exitOnSignals(): void {
  const exit = (signal: EndingSignal): void => {
    if (listeners.size === 0) process.exit(128 + constants.signals[signal]);
  };
  for (const signal of SIGNALS) process.on(signal, exit);
}

/** Tells the listeners that standard output is closed. */
export function tellOfClosedOutput(): void {
  for (const listener of [...listeners]) listener('SIGPIPE');
}

/** The end of a terminal, a shell, and `timeout` reach a process more than once; a second press of a key comes later. */
const ONE_SIGNAL_MILLISECONDS = 500;

/**
 * A signal that the first Ctrl-C (or SIGTERM, or SIGHUP) aborts, so that work can stop at a point it can resume from.
 * A second Ctrl-C or SIGTERM ends the process at once.
 *
 * @param announce called with one line for the user when the first signal arrives
 * @returns the abort signal, `run`, in which every wait ends when it aborts, and `release` to stop listening
 */
export function onInterruption(announce: (line: string) => void): {
  readonly signal: AbortSignal;
  readonly run: <T>(work: () => T) => T;
  readonly release: () => void;
} {
  const controller = new AbortController();
  let first = 0;
  const release = listenToSignals((name) => {
    const now = performance.now();
    if (controller.signal.aborted) {
      const isSecond = name === 'SIGINT' || name === 'SIGTERM';
      if (isSecond && now - first > ONE_SIGNAL_MILLISECONDS) process.exit(128 + constants.signals[name]);
      return;
    }
    first = now;
    if (name !== 'SIGPIPE')
      announce('Stopping at the next point from which it can resume; press again to stop at once.');
    controller.abort();
  });
  return { signal: controller.signal, run: (work) => interruptible(controller.signal, work), release };
}
