import { nodeBuiltin } from './node-builtins.js';

/** SHA-256 in hexadecimal digits. */
export function sha256Of(content: string | Uint8Array): string {
  return nodeBuiltin('node:crypto', 'Hashing a file').createHash('sha256').update(content).digest('hex');
}
