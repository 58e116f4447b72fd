import * as tf from '@tensorflow/tfjs-core';
import type { ProcessGroup } from './process-group.js';

/** Elements that travel together: 4 MB. Many small tensors share a call, and what was just read is still in a cache when it is sent. */
const BUCKET = 2 ** 20;

/**
 * Sums gradients over all processes; every process gets the same.
 *
 * They travel in buckets of whole tensors, in the order of `names`. A group that sends in the background has several on their way.
 *
 * @param gradients of this process by name, disposed of here; one that is missing counts as zeros
 * @param names of the parameters that have a gradient, the same in every process
 * @param shapes by name
 * @returns new tensors, the caller's to dispose of
 */
export async function reduceGradients(
  gradients: ReadonlyMap<string, tf.Tensor>,
  names: readonly string[],
  shapes: (name: string) => readonly number[],
  group: ProcessGroup,
): Promise<Map<string, tf.Tensor>> {
  const sizes = names.map((name) => tf.util.sizeFromShape([...shapes(name)]));
  const buckets: { readonly names: string[]; readonly sent: Float32Array; readonly done: Promise<void> }[] =
    [];
  try {
    for (let from = 0; from < names.length; ) {
      let end = from + 1;
      let length = sizes[from] ?? 0;
      while (end < names.length && length + (sizes[end] ?? 0) <= BUCKET) length += sizes[end++] ?? 0;
      const inBucket = names.slice(from, end);
      const sent = new Float32Array(new ArrayBuffer(4 * length));
      let offset = 0;
      for (const [index, name] of inBucket.entries()) {
        const gradient = gradients.get(name);
        if (gradient) sent.set(await gradient.data<'float32'>(), offset);
        gradient?.dispose();
        offset += sizes[from + index] ?? 0;
      }
      const done = group.allReduce(sent);
      // Waited for below; a failure in the meantime is thrown there.
      done.catch(() => {});
      buckets.push({ names: inBucket, sent, done });
      from = end;
    }
    const reduced = new Map<string, tf.Tensor>();
    for (const { names: inBucket, sent, done } of buckets) {
      await done;
      let offset = 0;
      for (const name of inBucket) {
        const shape = [...shapes(name)];
        const size = tf.util.sizeFromShape(shape);
        reduced.set(name, tf.tensor(sent.subarray(offset, offset + size), shape));
        offset += size;
      }
    }
    return reduced;
  } finally {
    tf.dispose([...gradients.values()]);
  }
}
