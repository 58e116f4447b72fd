/**
 * Yields to the event loop, so that pending signals, timers, and messages are handled.
 *
 * On back ends that compute in the process or the page itself, nothing else does.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve);
      return;
    }
    // Pages have no setImmediate, and hold a timer back by 4 ms; a message comes at once.
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
