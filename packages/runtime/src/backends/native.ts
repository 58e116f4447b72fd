import type * as fs from 'node:fs';
import type * as util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { gpuEnvironment } from '../gpu-environment.js';
import { importInNode, isNode } from '../host.js';
import { hasNativeKernels, KERNELS_VERSION } from '../native-kernels.js';
import { findNativePackage, type NativePackageName } from '../native-package.js';
import type { Backend, Obstacle } from './backend.js';

const ENGINE = 'tensorflow';

/** What tfjs-node's back end says about itself. */
interface TensorFlowBackend {
  readonly isUsingGpuDevice?: boolean;
  readonly binding?: { readonly TF_Version?: string };
}

/** The native package that this process has loaded: it cannot be replaced by the other one. */
let loaded: { readonly name: NativePackageName; readonly version: string } | undefined;

export const native: Backend = nativeBackend('native', '@tensorflow/tfjs-node');
export const nativeGpu: Backend = nativeBackend('native-gpu', '@tensorflow/tfjs-node-gpu');

function nativeBackend(name: 'native' | 'native-gpu', packageName: NativePackageName): Backend {
  const gpu = name === 'native-gpu';

  const inspect = async (): Promise<Obstacle | undefined> => {
    if (!isNode) return { reason: 'native TensorFlow runs in Node only', remedy: null };
    if (loaded && loaded.name !== packageName) {
      return {
        reason: `this process has loaded ${loaded.name}, which cannot be unloaded`,
        remedy: `start a new process and ask for '${name}' first`,
      };
    }
    if (gpu && !(await hasNvidiaDriver())) {
      return { reason: 'this machine has no NVIDIA GPU that its driver shows', remedy: null };
    }
    const found = await findNativePackage(packageName);
    if (!found) {
      return {
        reason: `the package ${packageName} is not installed`,
        remedy: `npm install @ais/cli ${packageName} --ignore-scripts && npx ais native install${gpu ? ' --gpu' : ''}`,
      };
    }
    if (!found.provisioned) {
      return {
        reason: `${packageName} is installed without its TensorFlow library`,
        remedy: `ais native install${gpu ? ' --gpu' : ''}`,
      };
    }
    return undefined;
  };

  return {
    name,
    engineName: ENGINE,
    inspect,

    register: async () => {
      const obstacle = await inspect();
      if (obstacle) return obstacle;
      if (loaded) return undefined;
      const found = await findNativePackage(packageName);
      if (!found) return inspect();
      await prepareProcess(gpu);
      try {
        found.load();
      } catch (cause) {
        return {
          reason: `${packageName} does not load (${cause instanceof Error ? cause.message : String(cause)})`,
          remedy: `ais native install --force${gpu ? ' --gpu' : ''}`,
        };
      }
      if (!tf.engine().registryFactory[ENGINE]) {
        return {
          reason: `${found.directory} uses another copy of @tensorflow/tfjs-core than @ais/runtime does`,
          remedy: `npm dedupe @tensorflow/tfjs-core, or, of a global command, npm install @ais/cli ${packageName} --ignore-scripts in a folder, and npx ais there`,
        };
      }
      loaded = { name: packageName, version: found.version };
      return undefined;
    },

    confirm: () =>
      gpu && !(tf.backend() as TensorFlowBackend).isUsingGpuDevice
        ? {
            reason:
              'TensorFlow loaded but found no usable GPU (driver or CUDA libraries are missing or too old)',
            remedy: 'nvidia-smi',
          }
        : undefined,

    versions: () => ({
      ...(loaded ? { [loaded.name]: loaded.version } : {}),
      tensorflow: (tf.backend() as TensorFlowBackend).binding?.TF_Version ?? 'unknown',
      ...(hasNativeKernels() && { kernels: String(KERNELS_VERSION) }),
    }),
  };
}

async function hasNvidiaDriver(): Promise<boolean> {
  const { existsSync } = await importInNode<typeof fs>('node:fs');
  // The third is how WSL shows a GPU.
  return ['/dev/nvidiactl', '/proc/driver/nvidia/version', '/dev/dxg'].some((path) => existsSync(path));
}

async function prepareProcess(gpu: boolean): Promise<void> {
  // tfjs-node calls these two, which Node 23 removed.
  const { default: utilities } = await importInNode<{ default: typeof util & Record<string, unknown> }>(
    'node:util',
  );
  utilities['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  utilities['isArray'] ??= Array.isArray;
  // Silences TensorFlow's banners; errors still show.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  if (gpu) Object.assign(process.env, gpuEnvironment(process.env));
}
