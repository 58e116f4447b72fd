import { UnknownBackendError } from './errors.js';

/** Every back end, the fastest first: the order in which `useBackend()` tries them. */
export const BACKEND_NAMES = ['native-gpu', 'native', 'webgpu', 'wasm', 'cpu'] as const;

export type BackendName = (typeof BACKEND_NAMES)[number];

/**
 * Checks a name that a person typed.
 *
 * @returns the name
 * @throws {UnknownBackendError} where no back end is called so
 */
export function parseBackendName(name: string): BackendName {
  const known = BACKEND_NAMES.find((candidate) => candidate === name);
  if (known) return known;
  throw new UnknownBackendError(
    `There is no back end called '${name}'. Choose one of: ${BACKEND_NAMES.join(', ')}.`,
  );
}
