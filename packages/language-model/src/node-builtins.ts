import { LanguageModelError } from './errors.js';

interface NodeBuiltins {
  'node:crypto': typeof import('node:crypto');
  'node:fs': typeof import('node:fs');
  'node:fs/promises': typeof import('node:fs/promises');
  'node:path': typeof import('node:path');
}

/**
 * A built-in module of Node, or an error that says what needs it.
 *
 * `process.getBuiltinModule` keeps `node:` imports out of the module graph, so that bundlers for browsers have
 * nothing to resolve.
 */
export function nodeBuiltin<Name extends keyof NodeBuiltins>(name: Name): NodeBuiltins[Name] {
  const load = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule;
  if (load === undefined) {
    throw new LanguageModelError(
      'needs-node',
      'checkpoints can only be read and written in Node 20.16 or later.',
    );
  }
  return load(name) as NodeBuiltins[Name];
}
