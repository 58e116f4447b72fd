/** A JSON object, such as `config.json`. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a value of a file is an object with keys. */
export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value of a file as the object that it should be; an empty one if it is something else. */
export function record(value: unknown): Json {
  return isRecord(value) ? value : {};
}

/** Whether a value of a file is a whole number from 0: a token, a size, or a place. */
export function isIndex(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
