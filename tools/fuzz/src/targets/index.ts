import type { FuzzTarget } from '../target.js';
import { safetensors } from './safetensors.js';

/** The readers that can be fuzzed, by name. */
export const TARGETS: ReadonlyMap<string, FuzzTarget> = new Map(
  [safetensors].map((target) => [target.name, target]),
);
