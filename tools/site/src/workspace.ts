import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the workspace. */
export const workspace: string = fileURLToPath(new URL('../../..', import.meta.url));

/** The folder of the site's sources. */
export const siteFolder: string = join(workspace, 'tools/site');

/** Where the pages are put together for VitePress. */
export const pagesFolder: string = join(siteFolder, '.pages');

/** Where the built site is. */
export const distFolder: string = join(siteFolder, 'dist');

export function readText(path: string): string {
  return readFileSync(join(workspace, path), 'utf8');
}

/** The files of the workspace, from its root, that git knows or would add. */
export function workspaceFiles(): ReadonlySet<string> {
  const list = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: workspace,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return new Set(list.split('\n').filter((file) => file !== '' && existsSync(join(workspace, file))));
}

/** The repository's address on the web, as the root manifest has it. */
export function repositoryAddress(): string {
  const { repository } = JSON.parse(readText('package.json')) as {
    readonly repository: { readonly url: string };
  };
  return repository.url.replace(/^git\+|\.git$/g, '');
}

/** Where the site is on its server: the path of the root manifest's `homepage`, or AIS_SITE_BASE, or the root. */
export function siteBase(): string {
  const { homepage } = JSON.parse(readText('package.json')) as { readonly homepage?: string };
  const path = process.env['AIS_SITE_BASE'] ?? (homepage ? new URL(homepage).pathname : '/');
  return path.endsWith('/') ? path : `${path}/`;
}
