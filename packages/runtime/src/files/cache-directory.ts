import { FileError } from '../errors.js';
import { nodeBuiltin } from '../node-builtins.js';

/**
 * Where downloads, converted models, unpacked libraries, and compiled addons are kept.
 *
 * `AIS_CACHE_DIRECTORY` overrides it; otherwise it follows the platform's custom (XDG on Linux).
 *
 * @throws {FileError} `not-writable` if it would be in a home folder, and there is none
 * @example
 * console.log(cacheDirectory({ AIS_CACHE_DIRECTORY: '/big/cache' })); // /big/cache
 */
export function cacheDirectory(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const { homedir } = nodeBuiltin('node:os', 'The cache');
  const home = (): string => inHome(homedir, 'AIS_CACHE_DIRECTORY');
  const { join, resolve } = nodeBuiltin('node:path', 'The cache');
  const chosen = environment['AIS_CACHE_DIRECTORY'];
  if (chosen) return resolve(chosen);
  if (platform === 'win32') {
    return join(environment['LOCALAPPDATA'] ?? join(home(), 'AppData', 'Local'), 'ais', 'cache');
  }
  if (platform === 'darwin') return join(home(), 'Library', 'Caches', 'ais');
  return join(environment['XDG_CACHE_HOME'] || join(home(), '.cache'), 'ais');
}

/**
 * A folder in a home folder, which a user id without a name has only if HOME says where.
 *
 * @param variable of the environment, which names another place
 * @throws {FileError} `not-writable` if there is no home folder
 */
export function inHome(find: () => string, variable: string): string {
  try {
    return find();
  } catch (cause) {
    const says = `There is no home folder: the system does not know this user, and HOME is not set. Set HOME, or ${variable}, to a folder.`;
    throw new FileError('not-writable', 'HOME', says, { cause });
  }
}
