import { RuntimeError } from './errors.js';

interface NodeBuiltins {
  'node:async_hooks': typeof import('node:async_hooks');
  'node:child_process': typeof import('node:child_process');
  'node:crypto': typeof import('node:crypto');
  'node:fs': typeof import('node:fs');
  'node:fs/promises': typeof import('node:fs/promises');
  'node:inspector': typeof import('node:inspector');
  'node:module': typeof import('node:module');
  'node:os': typeof import('node:os');
  'node:path': typeof import('node:path');
  'node:readline': typeof import('node:readline');
  'node:stream': typeof import('node:stream');
  'node:stream/promises': typeof import('node:stream/promises');
  'node:timers/promises': typeof import('node:timers/promises');
  'node:url': typeof import('node:url');
  'node:vm': typeof import('node:vm');
  'node:worker_threads': typeof import('node:worker_threads');
  'node:zlib': typeof import('node:zlib');
}

/**
 * A built-in module of Node, or undefined in a browser.
 *
 * @example
 * console.log(nodeBuiltinIfThere('node:path')?.basename('runs/a.json')); // a.json
 */
export function nodeBuiltinIfThere<Name extends keyof NodeBuiltins>(
  name: Name,
): NodeBuiltins[Name] | undefined {
  const load = (globalThis as { process?: NodeJS.Process }).process?.getBuiltinModule;
  return load?.(name) as NodeBuiltins[Name] | undefined;
}

/**
 * A built-in module of Node.
 *
 * `process.getBuiltinModule` keeps `node:` imports out of the module graph, so that bundlers for browsers have
 * nothing to resolve.
 *
 * @param what needs it, for the message
 * @throws {RuntimeError} `needs-node` in a browser
 * @example
 * const { readFile } = nodeBuiltin('node:fs/promises', 'loadTokenizer');
 */
export function nodeBuiltin<Name extends keyof NodeBuiltins>(name: Name, what: string): NodeBuiltins[Name] {
  const builtin = nodeBuiltinIfThere(name);
  if (builtin === undefined) throw new RuntimeError('needs-node', `${what} needs Node 20.16 or later.`);
  return builtin;
}
