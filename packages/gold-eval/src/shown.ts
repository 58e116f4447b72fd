const LONG = 80;

/** Whatever other code has passed, returned, or thrown, as text for a message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    return value.length > LONG ? `${JSON.stringify(value.slice(0, LONG))} and more` : JSON.stringify(value);
  }
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
