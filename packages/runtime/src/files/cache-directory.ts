import { nodeBuiltin } from '../node-builtins.js';

/**
 * Where downloads, converted models, unpacked libraries, and compiled addons are kept.
 *
 * `AIS_CACHE_DIRECTORY` overrides it; otherwise it follows the platform's custom (XDG on Linux).
 *
 * @example
 * console.log(cacheDirectory({ AIS_CACHE_DIRECTORY: '/big/cache' })); // /big/cache
 */
export function cacheDirectory(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const { homedir } = nodeBuiltin('node:os', 'The cache');
  const { join, resolve } = nodeBuiltin('node:path', 'The cache');
  const chosen = environment['AIS_CACHE_DIRECTORY'];
  if (chosen) return resolve(chosen);
  if (platform === 'win32') {
    return join(environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'ais', 'cache');
  }
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'ais');
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'ais');
}
