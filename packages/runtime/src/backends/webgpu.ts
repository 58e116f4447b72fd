import { importInNode, isNode } from '../host.js';
import type { Backend, Obstacle } from './backend.js';
import { groupAddN } from './grouped-add-n.js';
import { missingPackage } from './portable.js';

/** The part of WebGPU's types that is needed here: the DOM library of this TypeScript does not have them. */
interface Adapter {
  readonly info?: {
    readonly vendor?: string;
    readonly description?: string;
    readonly isFallbackAdapter?: boolean;
  };
  readonly isFallbackAdapter?: boolean;
}
interface Gpu {
  requestAdapter(options?: { powerPreference?: string }): Promise<Adapter | null>;
}
interface Dawn {
  create(flags: string[]): Gpu;
  globals: Record<string, unknown>;
}

const PACKAGE = '@tensorflow/tfjs-backend-webgpu';
let adapterName = '';

/** The browser's WebGPU, or Dawn from the package `webgpu` put where a browser would have it. */
async function findGpu(): Promise<Gpu | Obstacle> {
  const existing = (globalThis.navigator as (Navigator & { gpu?: Gpu }) | undefined)?.gpu;
  if (existing) return existing;
  if (!isNode) return { reason: 'this browser has no WebGPU', remedy: null };
  try {
    const { create, globals } = await importInNode<Dawn>('webgpu');
    Object.assign(globalThis, globals);
    const gpu = create([]);
    // Node 20 has no navigator at all; later ones have one without `gpu`.
    if (globalThis.navigator === undefined) {
      Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
    }
    Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
    return gpu;
  } catch (cause) {
    return missingPackage('webgpu', cause, ['webgpu', PACKAGE]);
  }
}

export const webgpu: Backend = {
  name: 'webgpu',
  engineName: 'webgpu',

  inspect: async () => undefined,

  register: async ({ chosen }) => {
    const gpu = await findGpu();
    if ('reason' in gpu) return gpu;
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return { reason: 'WebGPU finds no graphics adapter', remedy: null };
    adapterName = [adapter.info?.vendor, adapter.info?.description].filter(Boolean).join(' ');
    // Software adapters are slower than WASM; they serve parity tests, where they are asked for by name.
    const software =
      (adapter.info?.isFallbackAdapter ?? adapter.isFallbackAdapter) ||
      /swiftshader|llvmpipe/i.test(adapterName);
    if (software && !chosen) {
      return { reason: `WebGPU's only adapter runs on the processor (${adapterName})`, remedy: null };
    }
    try {
      await import('@tensorflow/tfjs-backend-webgpu');
      groupAddN();
      return undefined;
    } catch (cause) {
      return missingPackage(PACKAGE, cause);
    }
  },

  confirm: () => undefined,

  // The package does not export its version.
  versions: () => (adapterName ? { adapter: adapterName } : {}),
};
