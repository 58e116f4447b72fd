import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findNativePackages } from './native-package.js';

describe('a native package beside the program that runs', () => {
  const given = process.argv;
  let folder: string;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'native-package-')));
    const installed = join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
    mkdirSync(installed, { recursive: true });
    const binary = {
      module_name: 'addon',
      module_path: 'lib/napi-v{napi_build_version}',
      napi_versions: [8],
    };
    writeFileSync(join(installed, 'package.json'), JSON.stringify({ version: '4.22.0', binary }));
    writeFileSync(join(installed, 'index.js'), 'module.exports = process.argv;');
    writeFileSync(join(folder, 'program.js'), '');
    process.argv = [process.execPath, join(folder, 'program.js'), '--directory', 'elsewhere'];
  });
  afterEach(() => {
    process.argv = given;
    rmSync(folder, { recursive: true });
  });

  it('is found, with the place of its addon', async () => {
    const found = (await findNativePackages('@tensorflow/tfjs-node')).find(({ directory }) =>
      directory.startsWith(folder),
    );
    expect(found).toMatchObject({ version: '4.22.0', provisioned: false });
    expect(found?.addon).toBe(join(folder, 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/addon.node'));
  });

  it('does not take options of the program for its own while it loads', async () => {
    const found = await findNativePackages('@tensorflow/tfjs-node');
    const seen = found.find(({ directory }) => directory.startsWith(folder))?.load();
    expect(seen).toEqual(process.argv.slice(0, 2));
    expect(process.argv).toHaveLength(4);
  });
});
