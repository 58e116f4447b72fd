// Bundled as tsup does it, since Node cannot load the core's own file; in a process of its own, which has no gradients yet.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

it('registers the gradients of the core in Node', async () => {
  // Inside the package, so that imports find its TensorFlow.js.
  const folder = mkdtempSync(`${packageFolder}node_modules/.gradients-`);
  try {
    await build({
      entryPoints: [fileURLToPath(new URL('./index.ts', import.meta.url))],
      bundle: true,
      splitting: true,
      format: 'esm',
      outdir: folder,
      outExtension: { '.js': '.mjs' },
    });
    const program = `${folder}/program.mjs`;
    writeFileSync(
      program,
      `import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { registerGradients } from './index.mjs';
const slope = () => tf.grad((x) => tf.sum(tf.square(x)))(tf.tensor1d([1, -3])).arraySync();
let before = 'gradients';
try { slope(); } catch { before = 'none'; }
await registerGradients();
console.log(JSON.stringify([before, slope()]));`,
    );
    const output = execFileSync(process.execPath, [program], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(JSON.parse(output.trim().split('\n').at(-1) ?? '')).toEqual(['none', [2, -6]]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
