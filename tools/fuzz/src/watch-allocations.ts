/**
 * Watches what is allocated for arrays of bytes and numbers in this thread: that is where a size from a file goes.
 *
 * The constructors are replaced by ones that take note. What Node allocates inside, such as in `readFile`, is as large
 * as the file; so is what `JSON.parse` makes, up to a factor, and a limit on the heap holds that.
 *
 * @returns the largest allocation since the last call, in bytes
 */
export function watchAllocations(): () => number {
  let largest = 0;
  const note = (bytes: unknown): void => {
    if (typeof bytes === 'number' && bytes > largest) largest = bytes;
  };
  const names = [
    'ArrayBuffer',
    'Uint8Array',
    'Int8Array',
    'Uint8ClampedArray',
    'Uint16Array',
    'Int16Array',
    'Uint32Array',
    'Int32Array',
    'Float32Array',
    'Float64Array',
    'BigInt64Array',
    'BigUint64Array',
    'Array',
  ] as const;
  for (const name of names) {
    const original = globalThis[name] as unknown as { BYTES_PER_ELEMENT?: number } & (new (
      ...given: unknown[]
    ) => object);
    const bytesPerElement = original.BYTES_PER_ELEMENT ?? (name === 'Array' ? 8 : 1);
    const size = ([first]: readonly unknown[]): number | undefined => {
      if (typeof first === 'number') return first * bytesPerElement;
      // A view of a buffer allocates nothing; a copy of other numbers does.
      if (typeof first !== 'object' || first === null || first instanceof ArrayBuffer) return undefined;
      return ((first as { length?: number }).length ?? 0) * bytesPerElement;
    };
    const watched: typeof original = new Proxy(original, {
      construct(type, given, newTarget) {
        note(size(given));
        return Reflect.construct(type, given, newTarget === watched ? type : newTarget);
      },
    });
    Object.defineProperty(globalThis, name, { value: watched, writable: true, configurable: true });
  }
  for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) {
    Object.defineProperty(Buffer, name, {
      value: new Proxy(Buffer[name] as (...given: unknown[]) => Buffer, {
        apply(allocate, self, given) {
          note(given[0]);
          return Reflect.apply(allocate, self, given);
        },
      }),
    });
  }
  return () => {
    const result = largest;
    largest = 0;
    return result;
  };
}
