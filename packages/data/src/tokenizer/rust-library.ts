import { nodeBuiltin } from '@ais/runtime/files';

/**
 * The path of npm `tokenizers`, Hugging Face's Rust library, which is an optional peer dependency.
 *
 * @returns undefined if it is not installed, or this is not Node
 */
export function rustLibrary(): string | undefined {
  if ((globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule === undefined) return undefined;
  const { createRequire } = nodeBuiltin('node:module', 'tokenizers');
  try {
    return createRequire(import.meta.url).resolve('tokenizers');
  } catch {
    return undefined;
  }
}
