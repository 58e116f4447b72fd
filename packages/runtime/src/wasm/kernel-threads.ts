import { isNode } from '../host.js';
import { nodeBuiltin } from '../node-builtins.js';
import type { KernelWork, WasmKernel } from './kernel-work.js';
import {
  ARGUMENT_COUNT,
  ARGUMENTS,
  CONTROL_BYTES,
  FAILED,
  ITEMS,
  KERNEL,
  kernelWorkerSource,
  MOST_PARTS,
  PART,
  PENDING,
  SCRATCH,
  STATE,
} from './kernel-worker.js';

/** Kernels that work in one memory. */
export interface KernelModule {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** The instance of the thread that calls. */
  readonly kernels: Readonly<Record<string, WasmKernel>>;
}

/** Times the end is looked for before the thread goes to sleep. */
const LOOKS = 2000;

/**
 * Threads that run kernels in one memory with the thread that calls: it takes its share of the parts, and returns when all are done.
 *
 * A worker that has not started yet, or has no core, takes none, and the others do the work. Workers end with the process
 * and do not keep it alive.
 */
export class KernelThreads {
  readonly count: number;
  readonly #kernels: KernelModule['kernels'];
  readonly #indices: ReadonlyMap<string, number>;
  readonly #fields: Int32Array<SharedArrayBuffer>;
  readonly #values: Float64Array;
  readonly #maySleep: boolean;
  #work = 0;

  constructor({ module, memory, kernels }: KernelModule, count: number) {
    const names = Object.keys(kernels);
    const control = new SharedArrayBuffer(CONTROL_BYTES);
    this.count = count;
    this.#kernels = kernels;
    this.#indices = new Map(names.map((name, index) => [name, index]));
    this.#fields = new Int32Array(control);
    this.#values = new Float64Array(control, ARGUMENTS);
    this.#maySleep = maySleep(this.#fields);
    for (let index = 1; index < count; index++) startWorker({ module, memory, control, names, index });
  }

  run({ name, items, grain, partsPerThread, scratch, values }: KernelWork): void {
    const fields = this.#fields;
    const wanted = Math.min(MOST_PARTS, partsPerThread * this.count);
    const part = Math.ceil(items / wanted / grain) * grain;
    const parts = Math.ceil(items / part);
    const given = scratch === undefined ? values : [scratch.place, ...values];
    fields[FAILED] = 0;
    fields[KERNEL] = this.#indices.get(name) as number;
    fields[ITEMS] = items;
    fields[PART] = part;
    fields[SCRATCH] = scratch?.bytes ?? 0;
    fields[ARGUMENT_COUNT] = given.length;
    this.#values.set(given);
    this.#work = (this.#work + 1) % 2 ** 23;
    Atomics.store(fields, PENDING, parts);
    Atomics.store(fields, STATE, 256 * this.#work + parts);
    Atomics.notify(fields, STATE, Math.min(parts, this.count) - 1);

    const kernel = this.#kernels[name] as WasmKernel;
    for (let left = this.#take(); left > 0; left = this.#take()) {
      const from = (left - 1) * part;
      kernel(from, Math.min(from + part, items), ...given);
      Atomics.sub(fields, PENDING, 1);
    }
    this.#waitForOthers();
    if (fields[FAILED] === 1) throw new Error(`@ais/runtime: the WASM kernel ${name} failed in a thread.`);
  }

  /** Takes a part; 0 where none is left. */
  #take(): number {
    for (;;) {
      const state = Atomics.load(this.#fields, STATE);
      const left = state & MOST_PARTS;
      if (left === 0 || Atomics.compareExchange(this.#fields, STATE, state, state - 1) === state) return left;
    }
  }

  #waitForOthers(): void {
    for (let looks = 0; ; looks++) {
      const pending = Atomics.load(this.#fields, PENDING);
      if (pending === 0) return;
      if (looks > LOOKS && this.#maySleep) Atomics.wait(this.#fields, PENDING, pending);
    }
  }
}

/** A page's main thread must not sleep. */
function maySleep(fields: Int32Array<SharedArrayBuffer>): boolean {
  try {
    Atomics.wait(fields, STATE, -1);
    return true;
  } catch {
    return false;
  }
}

function startWorker(data: Record<string, unknown>): void {
  const source = kernelWorkerSource(isNode);
  if (isNode) {
    const { Worker } = nodeBuiltin('node:worker_threads', 'A thread');
    const worker = new Worker(source, { eval: true, workerData: data, execArgv: [], name: 'ais-kernels' });
    worker.unref();
    // A worker that cannot start takes no part, and the others do the work.
    worker.on('error', () => {});
    return;
  }
  const address = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(address);
  worker.addEventListener('error', (event) => event.preventDefault());
  worker.postMessage(data);
}
