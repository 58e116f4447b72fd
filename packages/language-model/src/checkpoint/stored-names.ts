import type { Architecture } from '../families/architecture.js';

/**
 * What parameters are called in a checkpoint: one of the bare model, without a head, leaves the prefix out.
 *
 * @param names those of its tensors
 */
export function storedNames(
  names: Iterable<string>,
  { prefix = '' }: Pick<Architecture, 'prefix'>,
): (name: string) => string {
  const isBare = leavesOut(names, prefix);
  return (name) => (isBare && name.startsWith(prefix) ? name.slice(prefix.length) : name);
}

/**
 * The other way around: which parameters a checkpoint's tensors are.
 *
 * @param names those of its tensors
 */
export function parameterNames(
  names: Iterable<string>,
  { prefix = '', outputHead }: Pick<Architecture, 'prefix' | 'outputHead'>,
): (tensor: string) => string {
  const isBare = leavesOut(names, prefix);
  return (tensor) => (isBare && tensor !== outputHead ? `${prefix}${tensor}` : tensor);
}

function leavesOut(names: Iterable<string>, prefix: string): boolean {
  return ![...names].some((name) => name.startsWith(prefix));
}
