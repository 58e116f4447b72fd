import { existsSync, realpathSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { sha256OfFile, sha256OfJson } from '@ais/runtime/files';

type HashFile = (path: string) => Promise<string>;

/** What a module imports by a path, or reads beside itself: `from './a.js'`, `import('./a.js')`, `new URL('./a.json', …)`. */
const RELATIVE =
  /(?:\bfrom|\bimport|\bimport\s*\(|\brequire\s*\(|\bnew\s+URL\s*\()\s*(['"])(\.{1,2}\/[^'"]+)\1/g;

const MODULE = /\.[cm]?[jt]sx?$/;

/**
 * SHA-256 of a module and of all that it imports by static paths, and they import. Where it lies makes no difference.
 *
 * Packages that it imports, and files that it finds in another way, are not part of it.
 */
export async function hashOfModule(path: string, ofFile: HashFile = sha256OfFile): Promise<string> {
  const from = dirname(resolve(path));
  const files = new Map<string, string>();
  const ahead = [resolve(path)];
  for (let file = ahead.pop(); file !== undefined; file = ahead.pop()) {
    if (files.has(file)) continue;
    files.set(file, await ofFile(file));
    if (!MODULE.test(file)) continue;
    for (const [, , imported = ''] of (await readFile(file, 'utf8')).matchAll(RELATIVE)) {
      const found = fileOf(resolve(dirname(file), imported));
      if (found !== undefined) ahead.push(found);
    }
  }
  const [own = ''] = files.values();
  if (files.size === 1) return own;
  return sha256OfJson(
    Object.fromEntries(
      [...files].map(([file, hash], index) => [index === 0 ? '' : relative(from, file), hash]),
    ),
  );
}

/** The file that an import means: of TypeScript `./a.js` may be `./a.ts`, and a folder or nothing at all is none. */
function fileOf(path: string): string | undefined {
  const typed = path.replace(/\.([cm]?)js(x?)$/, '.$1ts$2');
  return [path, typed].find((each) => statSync(each, { throwIfNoEntry: false })?.isFile() === true);
}

/**
 * SHA-256 of the code of an installed package: of its name, its version, and its modules.
 *
 * @param specifier a package, or a path in one: `@org/judges/strict`
 * @param from the folder from which it is looked up; the working directory by default
 * @returns undefined where it is not installed
 */
export async function hashOfPackage(
  specifier: string,
  ofFile: HashFile = sha256OfFile,
  from: string = process.cwd(),
): Promise<string | undefined> {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const root = packageFolder(name, from);
  if (root === undefined) return undefined;
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version?: string };
  const files: Record<string, string> = {};
  for (const file of await modulesIn(root)) files[relative(root, file)] = await ofFile(file);
  return sha256OfJson({ name, version, files });
}

/** Where Node finds a package: in the `node_modules` of a folder, or of one above it. */
function packageFolder(name: string, from: string): string | undefined {
  const folder = join(from, 'node_modules', name);
  if (existsSync(join(folder, 'package.json'))) return realpathSync(folder);
  const above = dirname(from);
  return above === from ? undefined : packageFolder(name, above);
}

async function modulesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile() && (MODULE.test(entry.name) || entry.name.endsWith('.json'))) found.push(path);
    else if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
      found.push(...(await modulesIn(path)));
  }
  return found.filter((path) => path !== join(folder, 'package.json'));
}
