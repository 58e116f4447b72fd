/** The array, or a longer one that starts the same. */
export function withRoom<A extends Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(
  array: A,
  length: number,
): A {
  if (length <= array.length) return array;
  const longer = new (array.constructor as new (length: number) => A)(2 * length);
  longer.set(array);
  return longer;
}
