import type { FuzzTarget } from '../target.js';
import { gguf } from './gguf.js';
import { safetensors } from './safetensors.js';

/** The readers that can be fuzzed, by name. */
export const TARGETS: ReadonlyMap<string, FuzzTarget> = new Map(
  [safetensors, gguf].map((target) => [target.name, target]),
);
