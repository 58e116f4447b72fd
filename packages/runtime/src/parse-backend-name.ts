import { BACKEND_NAMES, type BackendName } from './backend-name.js';
import { UnknownBackendError } from './errors.js';

/**
 * Checks a name that a person typed.
 *
 * @returns the name
 * @throws {UnknownBackendError} if no back end has that name
 * @example
 * const name = parseBackendName('wasm');
 */
export function parseBackendName(name: string): BackendName {
  const known = BACKEND_NAMES.find((candidate) => candidate === name);
  if (known) return known;
  throw new UnknownBackendError(
    `There is no back end "${name}". Choose one of: ${BACKEND_NAMES.join(', ')}.`,
  );
}
