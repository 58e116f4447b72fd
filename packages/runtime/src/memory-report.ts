import * as tf from '@tensorflow/tfjs-core';
import { isNode } from './host.js';

/** What TensorFlow.js and the process hold. */
export interface MemoryReport {
  /** Tensors that have not been disposed of, variables included. */
  readonly tensors: number;
  /** Bytes that they hold, by shape and type; views that share data are counted once. */
  readonly tensorBytes: number;
  /** Memory of the whole process now; null where the host does not tell (browsers). */
  readonly residentBytes: number | null;
  /** The highest that it ever was; null where the host does not tell. */
  readonly peakResidentBytes: number | null;
}

/**
 * Says what memory holds now: watch it over steps to find a leak.
 *
 * @returns counts of tensors, and bytes
 * @example
 * const { tensors, residentBytes } = memoryReport();
 */
export function memoryReport(): MemoryReport {
  const { numTensors, numBytes } = tf.memory();
  return {
    tensors: numTensors,
    tensorBytes: numBytes,
    residentBytes: isNode ? process.memoryUsage.rss() : null,
    // getrusage counts in kilobytes.
    peakResidentBytes: isNode ? process.resourceUsage().maxRSS * 1024 : null,
  };
}
