import { nodeBuiltinIfThere } from './node-builtins.js';

/** Bytes of arrays below which looking for unused ones is not worth the time. */
const WORTH_IT = 64 * 2 ** 20;

/**
 * Frees arrays that nothing refers to any more: what was read from files, or from tensors, may be as large as a model, and
 * JavaScript frees it when it next makes many objects, which a training step does not do.
 *
 * Nothing happens where there are few arrays, and where the host cannot (browsers).
 *
 * @example
 * await collectGarbage();
 */
export async function collectGarbage(): Promise<void> {
  const inspector = nodeBuiltinIfThere('node:inspector');
  if (!inspector || process.memoryUsage().arrayBuffers < WORTH_IT) return;
  try {
    const session = new inspector.Session();
    session.connect();
    await new Promise<void>((resolve) => session.post('HeapProfiler.collectGarbage', () => resolve()));
    session.disconnect();
  } catch {
    // Not every host that has the module can do this.
  }
}
