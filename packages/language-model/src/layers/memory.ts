import * as tf from '@tensorflow/tfjs-core';

/** The tensors in what a layer remembers: records and lists of tensors, nested at will. */
export function tensorsOf(memory: unknown): tf.Tensor[] {
  if (memory instanceof tf.Tensor) return [memory];
  if (typeof memory !== 'object' || memory === null) return [];
  return Object.values(memory).flatMap(tensorsOf);
}

/** What a layer remembers with other tensors in the places of its own, in the order of `tensorsOf`. */
export function withTensors<Memory>(memory: Memory, tensors: readonly tf.Tensor[]): Memory {
  let next = 0;
  const replace = (part: unknown): unknown => {
    if (part instanceof tf.Tensor) return tensors[next++];
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return part.map(replace);
    return Object.fromEntries(Object.entries(part).map(([name, of]) => [name, replace(of)]));
  };
  return replace(memory) as Memory;
}

/** Frees what was remembered as soon as the gradient has read it, unless that may be differentiated in turn and read it again. */
export function release(memory: unknown): void {
  if (tf.engine().state.gradientDepth === 0) tf.dispose(tensorsOf(memory));
}

/** What is made of each item, in order; where one throws, what was made of those before it is freed. */
export function allOrNone<Item, Made>(items: readonly Item[], make: (item: Item) => Made): Made[] {
  const made: Made[] = [];
  try {
    for (const item of items) made.push(make(item));
    return made;
  } catch (error) {
    tf.dispose(tensorsOf(made));
    throw error;
  }
}

/** `tf.tidy` for what layers return: keeps the tensors in records and lists, whatever their type. */
export function tidy<Result>(compute: () => Result): Result {
  return tf.tidy(compute as () => tf.TensorContainer) as Result;
}
