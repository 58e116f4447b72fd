// What a page pays for one objective, minified, beside tfjs-core.
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import * as contrib from '../src/contrib/index.js';
import * as index from '../src/index.js';

const LIMIT = 10_000;

async function bytesOf(name: string, file: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${name} } from './${file}';`, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['@tensorflow/tfjs-core'],
  });
  return outputFiles[0]?.contents.byteLength ?? Number.NaN;
}

it.each([
  ...Object.keys(index).map((name) => [name, '../src/index.ts'] as const),
  ...Object.keys(contrib).map((name) => [name, '../src/contrib/index.ts'] as const),
])('%s alone bundles under 10 kB', async (name, file) => {
  const bytes = await bytesOf(name, file);
  expect(bytes).toBeGreaterThan(50);
  expect(bytes).toBeLessThan(LIMIT);
});

it('an objective does not bring the others along', async () => {
  const everything = await bytesOf(
    'dpo, ipo, slic, rpo, wpo, chiPo, rloo, sftLoss, rewardModelLoss',
    '../src/index.ts',
  );
  expect(await bytesOf('sftLoss', '../src/index.ts')).toBeLessThan(everything / 2);
});
