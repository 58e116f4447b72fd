/**
 * A signal that the first Ctrl-C (or SIGTERM) aborts, so that work can stop at a point it can resume from.
 * The second one ends the process at once.
 *
 * @param announce called with one line for the user when the first signal arrives
 * @returns the abort signal, and `release` to stop listening
 */
export function onInterruption(announce: (line: string) => void): {
  readonly signal: AbortSignal;
  readonly release: () => void;
} {
  const controller = new AbortController();
  const interrupt = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
    announce('Stopping at the next point from which it can resume; press again to stop at once.');
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    signal: controller.signal,
    release: () => {
      process.off('SIGINT', interrupt);
      process.off('SIGTERM', interrupt);
    },
  };
}
