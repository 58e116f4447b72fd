import os, { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
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

afterEach(() => {
  vi.restoreAllMocks();
});

it.each(['linux', 'darwin', 'win32'] as const)(
  'says what to set on %s where there is no home folder',
  (platform) => {
    vi.spyOn(os, 'homedir').mockImplementation(() => {
      throw new Error('uv_os_homedir returned ENOENT');
    });
    expect(() => cacheDirectory({}, platform)).toThrow(/no home folder.*Set HOME, or AIS_CACHE_DIRECTORY/);
    expect(cacheDirectory({ AIS_CACHE_DIRECTORY: '/a' }, platform)).toMatch(/a$/);
  },
);
