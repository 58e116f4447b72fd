/** Every back end, the fastest first: the order in which `useBackend()` tries them. */
export const BACKEND_NAMES = ['native-gpu', 'native', 'webgpu', 'wasm', 'cpu'] as const;

/** The name of a back end. */
export type BackendName = (typeof BACKEND_NAMES)[number];
