import { Tensor } from '@tensorflow/tfjs-core';

/** What was passed or returned in place of a tensor, for a message. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value instanceof Tensor)
    return `a ${value.isDisposed ? 'disposed ' : ''}tensor of type ${value.dtype} and shape [${value.shape}]`;
  if (Array.isArray(value)) return 'an array';
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  if (isPromise(value)) return 'a Promise';
  if (typeof value === 'number') return `the number ${value}`;
  if (['string', 'function'].includes(typeof value)) return `a ${typeof value}`;
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** Whether a value is a promise, or stands for one. */
export function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
