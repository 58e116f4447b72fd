import * as tf from '@tensorflow/tfjs-core';
import { BACKEND_NAMES, type BackendName } from './backend-name.js';
import type { Backend, Obstacle, RegisterOptions } from './backends/backend.js';
import { native, nativeGpu } from './backends/native.js';
import { cpu } from './backends/portable.js';
import { wasm } from './backends/wasm.js';
import { webgpu } from './backends/webgpu.js';
import { type BackendObstacle, BackendUnavailableError, RuntimeError } from './errors.js';
import { parseBackendName } from './parse-backend-name.js';
import { threadCount } from './wasm/thread-count.js';
import { wasmThreads } from './wasm/wasm-kernels.js';

/** Which back end runs, and why none that is faster does. */
export interface BackendReport {
  /** The back end that runs now. */
  readonly backend: BackendName;
  /** What TensorFlow.js calls it: `tensorflow` for the native ones. */
  readonly engineName: string;
  /** Versions of what takes part, by package or library: TensorFlow.js, the back end, Node. */
  readonly versions: Readonly<Record<string, string>>;
  /** Threads that compute, on WASM. */
  readonly threads?: number;
  /** The back ends that would be faster, the fastest first, and why they do not run. */
  readonly faster: readonly BackendObstacle[];
}

/** How a back end is started. */
export interface BackendOptions {
  /**
   * Threads that compute on WASM, from its first start on in this process: the variable `AIS_THREADS`, or as many as there are
   * cores, by default, and one in a page that is not cross-origin isolated.
   */
  readonly threads?: number;
}

const backends: Readonly<Record<BackendName, Backend>> = {
  'native-gpu': nativeGpu,
  native,
  webgpu,
  wasm,
  cpu,
};

/**
 * Makes a TensorFlow.js back end run and says which one it is.
 *
 * Gradients are registered too: TensorFlow.js alone has none in Node. Calls take turns: the back end of the last one runs in the end.
 *
 * @param name the back end; the fastest one that works by default
 * @param options how many threads compute on WASM
 * @returns which back end runs, its versions, and why no faster one does, with the command that would change it
 * @throws {UnknownBackendError} if no back end has that name; the message lists those that exist
 * @throws {RuntimeError} `invalid-threads` where the number of threads is not an integer ≥ 1
 * @throws {BackendUnavailableError} where the named one cannot run; the message says what would change that,
 *   and the back end that ran before stays
 * @example
 * const report = await useBackend('wasm');
 * console.log(report.backend, report.versions);
 */
export async function useBackend(name?: string, options: BackendOptions = {}): Promise<BackendReport> {
  const chosen = name === undefined ? undefined : parseBackendName(name);
  const threads = threadCount(options.threads);
  const report = turn.then(() => startFirst(chosen, threads));
  turn = report.catch(() => {});
  return report;
}

/** Settled once the last call has ended: TensorFlow.js gives up a start where another begins, and says that it failed. */
let turn: Promise<unknown> = Promise.resolve();

/** Starts the named back end, or the first that works. */
async function startFirst(chosen: BackendName | undefined, threads: number): Promise<BackendReport> {
  await registerGradients();
  const previous = tf.getBackend() as string | undefined;

  const faster: BackendObstacle[] = [];
  for (const candidate of chosen === undefined ? BACKEND_NAMES : [chosen]) {
    const obstacle = await start(backends[candidate], { chosen: chosen !== undefined, threads });
    if (!obstacle) {
      return {
        backend: candidate,
        engineName: backends[candidate].engineName,
        ...(candidate === 'wasm' && { threads: wasmThreads() }),
        versions: {
          '@tensorflow/tfjs-core': tf.version_core,
          ...backends[candidate].versions(),
          ...(typeof process === 'undefined' ? {} : { node: process.versions.node }),
        },
        faster: chosen === undefined ? faster : await inspectFaster(chosen),
      };
    }
    faster.push({ backend: candidate, ...obstacle });
  }

  if (previous && tf.getBackend() !== previous) await tf.setBackend(previous);
  throw new BackendUnavailableError(faster);
}

async function start(backend: Backend, options: RegisterOptions): Promise<Obstacle | undefined> {
  const obstacle = await backend.register(options);
  if (obstacle) return obstacle;
  let initialized: boolean;
  let cause = 'TensorFlow.js could not initialize it';
  try {
    initialized = await tf.setBackend(backend.engineName);
    await tf.ready();
  } catch (error) {
    initialized = false;
    cause = error instanceof Error ? error.message : String(error);
  }
  // A back end that fails to start leaves TensorFlow.js working on another one without a word.
  if (!initialized || tf.getBackend() !== backend.engineName) return { reason: cause, remedy: null };
  return backend.confirm();
}

async function inspectFaster(running: BackendName): Promise<BackendObstacle[]> {
  const faster: BackendObstacle[] = [];
  for (const candidate of BACKEND_NAMES.slice(0, BACKEND_NAMES.indexOf(running))) {
    const obstacle = await backends[candidate].inspect();
    const { reason, remedy } = obstacle ?? {
      reason: `'${running}' was asked for`,
      remedy: `ask for '${candidate}', or for none to get the fastest that works`,
    };
    faster.push({ backend: candidate, reason, remedy });
  }
  return faster;
}

async function registerGradients(): Promise<void> {
  try {
    await import('@tensorflow/tfjs-layers');
  } catch (cause) {
    throw new RuntimeError(
      'no-gradients',
      'Gradients come with @tensorflow/tfjs-layers, which does not load. Run: npm install @tensorflow/tfjs-layers',
      { cause },
    );
  }
  if (!tf.getGradient(tf.Sum)) {
    throw new RuntimeError(
      'no-gradients',
      '@tensorflow/tfjs-layers registered its gradients with another copy of @tensorflow/tfjs-core than ' +
        '@ais/runtime uses. Run: npm dedupe @tensorflow/tfjs-core',
    );
  }
}
