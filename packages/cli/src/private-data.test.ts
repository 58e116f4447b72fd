import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import { expect, test, vi } from 'vitest';
import { privateNames, withoutPrivateData } from './private-data.js';

const names = {
  home: '/home/ada',
  user: 'ada',
  host: 'difference-engine.lan',
  environment: {
    HF_TOKEN: 'hf_abcdefghijkl',
    DB_PASSWORD: 'correct horse',
    PATH: '/usr/bin',
    EDITOR: 'emacs-nox',
  },
};

test.each([
  ['/home/ada/secret-client/a.csv does not exist', '‹path› does not exist'],
  ["cannot open '/home/ada/x y'", "cannot open '‹path› y'"],
  ['/opt/models/ada-7b', '‹path›'],
  [
    '/home/ada/p/node_modules/@tensorflow/tfjs-node uses another copy',
    '‹path›/node_modules/@tensorflow/tfjs-node uses another copy',
  ],
  ['at C:\\Users\\ada\\p\\node_modules\\webgpu\\index.js', 'at ‹path›\\node_modules\\webgpu\\index.js'],
  ['a/b.js and @tensorflow/tfjs-node stay', 'a/b.js and @tensorflow/tfjs-node stay'],
  ['300 MB/s, 1/2, and/or', '300 MB/s, 1/2, and/or'],
  ['https://ada:pw@index.corp/simple/ does not answer', '‹address› does not answer'],
  ['the key hf_abcdefghijkl is refused', 'the key ‹token› is refused'],
  ['the key sk-0123456789abcdef is refused', 'the key ‹token› is refused'],
  ['the password is correct horse.', 'the password is ‹token›.'],
  ['ada on difference-engine, ada@difference-engine.lan', '‹user› on ‹host›, ‹user›@‹host›'],
  ['a cascade of adapters', 'a cascade of adapters'],
  ['emacs-nox', 'emacs-nox'],
])('%s', (text, shown) => {
  expect(withoutPrivateData(text, names)).toBe(shown);
});

test('a user called as a package is: packages keep their names', () => {
  const shown = withoutPrivateData('node runs @tensorflow/tfjs-node, tfjs-node', { ...names, user: 'node' });
  expect(shown).toBe('‹user› runs @tensorflow/tfjs-node, tfjs-node');
});

test('a user that the system does not know has no home and no name', () => {
  const unknown = (): never => {
    throw new Error('returned ENOENT');
  };
  for (const name of ['homedir', 'userInfo'] as const) vi.spyOn(os, name).mockImplementation(unknown);
  syncBuiltinESMExports();
  try {
    expect(privateNames()).toMatchObject({ home: '', user: '' });
  } finally {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  }
  expect(withoutPrivateData('/opt/a b', { ...names, home: '', user: '' })).toBe('‹path› b');
});
