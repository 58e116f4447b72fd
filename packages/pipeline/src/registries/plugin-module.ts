import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resolve as resolveModule } from 'import-meta-resolve';
import { PipelineError } from '../errors.js';
import { isExport, isPackage, isPath, partsOf } from '../settings/module-name.js';

/**
 * What a module from outside exports: `./plugin.js`, an installed package (scoped or not), or either with `#name` for one
 * of its exports instead of the default one.
 *
 * A path starts at the working directory (in a settings file, at the file); a package is looked up from the working directory.
 *
 * @param specifier the module
 * @param setting that names it, for messages
 * @returns undefined if there is no such package; a path that does not exist is an error
 * @throws {PipelineError} `invalid-plugin`
 * @example
 * await writeFile('judge.mjs', "export default { name: 'mine' };");
 * console.log(await loadPlugin('./judge.mjs', 'scorer')); // { name: 'mine' }
 */
export async function loadPlugin(specifier: string, setting: string): Promise<unknown> {
  const { module: name, exported } = partsOf(specifier);
  if (!isExport(exported)) {
    throw invalidPlugin(
      setting,
      specifier,
      `${JSON.stringify(exported)} is no name of an export. Write ${name}#NAME, or ${name} alone for the default export.`,
    );
  }
  if (!isPath(name) && !isPackage(name)) {
    throw invalidPlugin(
      setting,
      specifier,
      `${JSON.stringify(name)} is neither a path nor the name of a package. Write a path such as ./${setting}.mjs, or the name of an installed package.`,
    );
  }
  const url = isPath(name) ? fileUrl(name, setting) : packageUrl(name);
  if (url === undefined) return undefined;
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(url)) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw invalidPlugin(setting, specifier, `it could not be loaded: ${describeCause(cause)}`, cause);
  }
  if (!Object.hasOwn(module, exported)) {
    const names = Object.keys(module).filter((each) => each !== 'default');
    const choice = names.length > 0 ? ` It exports: ${names.join(', ')}. Name one with ${name}#NAME.` : '';
    throw invalidPlugin(setting, specifier, `it has no export "${exported}".${choice}`);
  }
  return module[exported];
}

/** What went wrong in a module from outside, with where it did, and with the remedy where a package is missing. */
export function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const place = placeOf(cause);
  const said = `${cause.message}${place === undefined || cause.message.includes(place) ? '' : ` (${place})`}`;
  const [, missing] = /^Cannot find package '([^']+)'/.exec(cause.message) ?? [];
  return missing === undefined ? said : `${said}. Install it beside the module: npm install ${missing}`;
}

/** The first place in a stack that is outside Node: of a syntax error the line before its message, else where it was thrown. */
function placeOf({ stack = '' }: Error): string | undefined {
  const lines = stack.split('\n');
  const found = /^(file:\/\/\S+:\d+|\/\S+:\d+)$/.exec(lines[0] ?? '') ?? undefined;
  const thrown = lines
    .filter((line) => /^\s+at /.test(line) && !/\(?node:/.test(line))
    .flatMap((line) => /(file:\/\/[^\s)]+:\d+:\d+|\/[^\s)]+:\d+:\d+)/.exec(line)?.[1] ?? []);
  const place = found?.[1] ?? thrown[0];
  if (place === undefined || !place.startsWith('file://')) return place;
  const [, url = '', lineAndColumn = ''] = /^(.*?)((?::\d+)+)$/.exec(place) ?? [];
  return URL.canParse(url) ? `${fileURLToPath(url.replace(/\?.*$/, ''))}${lineAndColumn}` : place;
}

/** An error that names the plugin and what is wrong with it. */
export function invalidPlugin(
  setting: string,
  specifier: string,
  problem: string,
  cause?: unknown,
): PipelineError {
  return new PipelineError('invalid-plugin', `${setting} ${specifier}: ${problem}`, {
    key: setting,
    ...(cause !== undefined && { cause }),
  });
}

function fileUrl(path: string, setting: string): string {
  const absolute = resolve(path);
  if (existsSync(absolute)) return pathToFileURL(absolute).href;
  throw new PipelineError('invalid-plugin', `${setting} ${path}: the file does not exist. Check the path.`, {
    key: setting,
  });
}

function packageUrl(name: string): string | undefined {
  try {
    return resolveModule(name, pathToFileURL(resolve('package.json')).href);
  } catch {
    return undefined;
  }
}
