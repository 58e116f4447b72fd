import { gpuEnvironment } from '../gpu-environment.js';
import type { NativePackage } from '../native-package.js';
import { lastLines, runCommand } from '../process/run-command.js';
import { failure } from './failures.js';

export interface NativeProof {
  /** The version that the loaded library states. */
  readonly tensorflow: string;
  /** Whether it computes on a GPU. */
  readonly gpu: boolean;
}

const MARK = 'ais-native-proof:';

// In a process of its own: a library that does not load may end it, and one that was loaded cannot be replaced.
const SCRIPT = `
const util = require('node:util');
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;
const tf = require(process.argv[1]);
const n = 64;
const a = tf.tensor2d(Float32Array.from({ length: n * n }, (_, i) => (i % 7) - 3), [n, n]);
// Products come from a library of CUDA's, sums from TensorFlow's own kernels, which newer GPUs may not run.
const product = tf.add(tf.matMul(a, a, false, true), a).dataSync();
const values = a.dataSync();
let worst = 0;
for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) {
  let sum = values[i * n + j];
  for (let k = 0; k < n; k++) sum += values[i * n + k] * values[j * n + k];
  worst = Math.max(worst, Math.abs(sum - product[i * n + j]));
}
const backend = tf.backend();
console.log('${MARK}' + JSON.stringify({
  worst, engine: tf.getBackend(), gpu: Boolean(backend.isUsingGpuDevice), tensorflow: backend.binding.TF_Version,
}));
`;

/**
 * Computes a matrix product with an installed native package, in a child process, and checks it.
 *
 * @throws {NativeInstallError} `verification-failed` with what the child said
 */
export async function verifyNative(nativePackage: NativePackage, signal?: AbortSignal): Promise<NativeProof> {
  const { status, stdout, stderr } = await runCommand(
    process.execPath,
    ['-e', SCRIPT, nativePackage.directory],
    {
      environment: {
        TF_CPP_MIN_LOG_LEVEL: '2',
        NODE_OPTIONS: '',
        ...(nativePackage.name === '@tensorflow/tfjs-node-gpu' && gpuEnvironment(process.env)),
      },
      ...(signal ? { signal } : {}),
    },
  );
  const line = stdout.split('\n').find((candidate) => candidate.startsWith(MARK));
  if (status !== 0 || line === undefined) {
    throw failure(
      'verification-failed',
      `${nativePackage.name} does not compute with the library that was installed, so what was there before was put back. It said:\n${lastLines(stderr || stdout || `ended with status ${status}`)}`,
    );
  }
  const { worst, engine, gpu, tensorflow } = JSON.parse(line.slice(MARK.length)) as NativeProof & {
    worst: number;
    engine: string;
  };
  // Small whole numbers: float32 holds every sum exactly.
  if (worst !== 0 || engine !== 'tensorflow') {
    throw failure(
      'verification-failed',
      `${nativePackage.name} computes a matrix product that is off by ${worst} (back end '${engine}'), so what was there before was put back.`,
    );
  }
  return { tensorflow, gpu };
}
