const actions = new Set<() => void>();
let isListening = false;

/**
 * Does something when this process exits by itself or through `process.exit`, unless that is called off before.
 *
 * @param action must be synchronous; what it throws is ignored
 * @returns what calls it off
 * @example
 * const callOff = atExit(() => rmSync(folder, { recursive: true, force: true }));
 */
export function atExit(action: () => void): () => void {
  if (!isListening) process.on('exit', runActions);
  isListening = true;
  actions.add(action);
  return () => actions.delete(action);
}

function runActions(): void {
  for (const action of actions) {
    try {
      action();
    } catch {
      // The process ends whatever one of them does.
    }
  }
}
