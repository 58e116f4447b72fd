// A page that needs randomness, hashes, or errors loads no TensorFlow.js, and no module that only Node has.
import { build } from 'esbuild';
import { expect, it } from 'vitest';

it.each(['errors.ts', 'files/index.ts', 'hub/index.ts', 'random.ts'])(
  '%s bundles for browsers without TensorFlow.js',
  async (file) => {
    const { metafile } = await build({
      entryPoints: [`${import.meta.dirname}/../src/${file}`],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      metafile: true,
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.length).toBeGreaterThan(1);
    expect(inputs.filter((input) => /tensorflow|proper-lockfile/.test(input))).toEqual([]);
  },
);
