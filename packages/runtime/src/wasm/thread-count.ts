import { RuntimeError } from '../errors.js';
import { isNode } from '../host.js';
import { nodeBuiltinIfThere } from '../node-builtins.js';

/**
 * How many threads the WASM kernels may use: what is asked for, or the variable `AIS_THREADS`, or as many as there are cores. Where threads
 * cannot share memory (a page that is not cross-origin isolated), one.
 *
 * @throws {RuntimeError} `invalid-threads` where the number is not a whole one from 1 on
 */
export function threadCount(asked?: number): number {
  const variable = globalThis.process?.env['AIS_THREADS'];
  const wanted = asked ?? (variable === undefined || variable === '' ? undefined : Number(variable));
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted >= 1)) {
    const source = asked === undefined ? 'AIS_THREADS' : 'threads';
    throw new RuntimeError(
      'invalid-threads',
      `${source} must be an integer ≥ 1, got ${asked === undefined ? variable : asked}.`,
    );
  }
  return sharesMemory() ? (wanted ?? cores()) : 1;
}

function sharesMemory(): boolean {
  if (typeof SharedArrayBuffer !== 'function') return false;
  // Bun and Deno say that they are Node; threads have not been tried there.
  return isNode ? !('bun' in process.versions || 'deno' in process.versions) : globalThis.crossOriginIsolated;
}

function cores(): number {
  return nodeBuiltinIfThere('node:os')?.availableParallelism() ?? navigator.hardwareConcurrency;
}
