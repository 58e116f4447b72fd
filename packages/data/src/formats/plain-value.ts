/**
 * A value of a table as JSON would have it: whole numbers of any width are numbers where a number holds them exactly and
 * `bigint` beyond, and typed arrays are arrays; so that a row says the same in every format.
 */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(plainValue);
  if (ArrayBuffer.isView(value)) {
    return value instanceof Uint8Array || value instanceof DataView
      ? value
      : Array.from(value as unknown as ArrayLike<number | bigint>, plainValue);
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainValue(inner)]));
}
