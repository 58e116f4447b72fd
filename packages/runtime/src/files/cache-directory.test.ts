import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cacheDirectory } from './cache-directory.js';

it.each([
  [{ AIS_CACHE_DIRECTORY: '/a/b', XDG_CACHE_HOME: '/c' }, 'linux', '/a/b'],
  [{ XDG_CACHE_HOME: '/c' }, 'linux', '/c/ais'],
  [{ XDG_CACHE_HOME: '' }, 'linux', join(homedir(), '.cache/ais')],
  [{}, 'darwin', join(homedir(), 'Library/Caches/ais')],
  [{ LOCALAPPDATA: '/d' }, 'win32', '/d/ais/cache'],
] as const)('%o on %s is %s', (environment, platform, expected) => {
  expect(cacheDirectory(environment, platform)).toBe(expected);
});
