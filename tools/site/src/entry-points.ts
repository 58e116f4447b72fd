import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { linkOf, type SidebarItem } from './navigation.js';
import { workspace } from './workspace.js';

/** What a package exports under one name, such as `@ais/data/chat`. */
export interface EntryPoint {
  readonly name: string;
  /** The file on this machine. */
  readonly file: string;
  /** Where its page is on the site. */
  readonly path: string;
  /** What its package is, of the package's main entry point. */
  readonly about?: string;
}

/** The entry points of all packages, in the order of their manifests. */
export function entryPoints(): EntryPoint[] {
  return readdirSync(join(workspace, 'packages')).flatMap((folder) => {
    const {
      name,
      description,
      exports = {},
    } = JSON.parse(readFileSync(join(workspace, 'packages', folder, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly description: string;
      readonly exports?: Readonly<Record<string, string | { readonly '@ais/source'?: string }>>;
    };
    return Object.entries(exports).flatMap(([subpath, target]) => {
      const source = typeof target === 'object' ? target['@ais/source'] : undefined;
      if (source === undefined) return [];
      const path = `reference/${folder}/${subpath === '.' ? 'index' : subpath.slice(2)}.md`;
      const file = join(workspace, 'packages', folder, source);
      return [{ name: join(name, subpath), file, path, ...(subpath === '.' && { about: description }) }];
    });
  });
}

/** The sidebar's part for the reference of the packages. */
export function referenceSidebar(): SidebarItem[] {
  return entryPoints().map(({ name, path }) => ({
    text: name,
    link: linkOf(path),
  }));
}
