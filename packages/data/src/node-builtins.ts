import { DataError } from './errors.js';

/**
 * A built-in module of Node, or an error that says what needs it.
 *
 * `process.getBuiltinModule` keeps `node:` imports out of the module graph, so that bundlers for browsers have
 * nothing to resolve.
 */
export function nodeBuiltin<Name extends keyof NodeBuiltins>(name: Name, what: string): NodeBuiltins[Name] {
  const load = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule;
  if (load === undefined) {
    throw new DataError('needs-node', `${what} reads or writes files and needs Node 20.16 or later.`);
  }
  return load(name) as NodeBuiltins[Name];
}

interface NodeBuiltins {
  'node:child_process': typeof import('node:child_process');
  'node:crypto': typeof import('node:crypto');
  'node:fs': typeof import('node:fs');
  'node:fs/promises': typeof import('node:fs/promises');
  'node:module': typeof import('node:module');
  'node:os': typeof import('node:os');
  'node:path': typeof import('node:path');
  'node:readline': typeof import('node:readline');
  'node:stream': typeof import('node:stream');
  'node:stream/promises': typeof import('node:stream/promises');
  'node:worker_threads': typeof import('node:worker_threads');
  'node:zlib': typeof import('node:zlib');
}
