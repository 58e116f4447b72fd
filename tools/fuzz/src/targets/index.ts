import type { FuzzTarget } from '../target.js';
import { gguf } from './gguf.js';
import { peft } from './peft.js';
import { safetensors } from './safetensors.js';

/** The readers that can be fuzzed, by name. */
export const TARGETS: ReadonlyMap<string, FuzzTarget> = new Map(
  [safetensors, gguf, peft].map((target) => [target.name, target]),
);
