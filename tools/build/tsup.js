import { defineConfig } from 'tsup';
import { writeDeclarations } from './declarations.js';

/**
 * The build of every package: ESM only, with declarations and source maps.
 *
 * @param {import('tsup').Options} options what differs from the preset, usually `entry` alone
 */
export function library(options = {}) {
  return defineConfig({
    entry: ['src/index.ts'],
    format: 'esm',
    target: 'es2022',
    sourcemap: true,
    clean: true,
    treeshake: true,
    silent: true,
    onSuccess: () => writeDeclarations(),
    ...options,
  });
}
