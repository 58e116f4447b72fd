// Compiles the kernels beside it into ../src/wasm/wasm-kernels.generated.ts. Run after changing them: node wasm-kernels/build.mjs
//
// The compiler is fetched when needed rather than installed with the workspace: it is a hundred megabytes, and the result,
// which a test checks against the sources' hash, is twenty kilobytes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMPILER = 'assemblyscript@0.28.20';
const directory = fileURLToPath(new URL('.', import.meta.url));

const sources = () =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.as'))
    .sort();

/** SHA-256 over the sources' names and contents. */
export function sourceHash() {
  const hash = createHash('sha256');
  for (const name of sources()) hash.update(`${name}\n`).update(readFileSync(join(directory, name)));
  return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const scratch = mkdtempSync(join(tmpdir(), 'ais-kernels-'));
  const binary = join(scratch, 'kernels.wasm');
  // The sources are AssemblyScript, which its compiler wants to be called .ts, and every tool for TypeScript does not.
  for (const name of sources()) {
    copyFileSync(join(directory, name), join(scratch, name.replace(/\.as$/, '.ts')));
  }
  execFileSync(
    'npx',
    ['-y', '-p', COMPILER, 'asc', join(scratch, 'index.ts'), '--outFile', binary]
      .concat(['-O3', '--runtime', 'stub', '--importMemory', '--noExportMemory', '--enable', 'simd'])
      .concat(['--disable', 'mutable-globals']),
    { stdio: 'inherit' },
  );
  const text = readFileSync(binary).toString('base64');
  rmSync(scratch, { recursive: true });
  writeFileSync(
    join(directory, '../src/wasm/wasm-kernels.generated.ts'),
    [
      `// Made by wasm-kernels/build.mjs with ${COMPILER}; do not edit.`,
      `export const KERNEL_SOURCE_HASH = '${sourceHash()}';`,
      `export const KERNEL_BINARY =\n  '${text}';`,
      '',
    ].join('\n'),
  );
}
