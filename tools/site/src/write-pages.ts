import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type SiteContent, siteContent } from './pages.js';
import { pagesFolder, siteFolder, workspace } from './workspace.js';

/** Puts the pages together for VitePress, with what they show; what has not changed stays, and what is gone goes. */
export async function writePages(): Promise<SiteContent> {
  const content = siteContent();
  const wanted = new Map<string, string>(content.pages.map(({ path, text }) => [path, text]));
  for (const [path, text] of wanted) await writeIfOther(join(pagesFolder, path), text);
  for (const file of content.files) {
    await copyIfNewer(join(workspace, file), join(pagesFolder, 'public/files', file));
  }
  for (const file of await readdir(join(siteFolder, 'public'), { recursive: true })) {
    await copyIfNewer(join(siteFolder, 'public', file), join(pagesFolder, 'public', file));
  }
  for (const file of await readdir(pagesFolder, { recursive: true })) {
    const isOurs = file.endsWith('.md') && !/^(public|reference\/[^/]+)\//.test(file);
    if (isOurs && !wanted.has(file)) await rm(join(pagesFolder, file));
  }
  return content;
}

async function writeIfOther(path: string, text: string): Promise<void> {
  if (existsSync(path) && (await readFile(path, 'utf8')) === text) return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function copyIfNewer(from: string, to: string): Promise<void> {
  const source = await stat(from);
  if (source.isDirectory()) return;
  if (existsSync(to) && (await stat(to)).mtimeMs >= source.mtimeMs) return;
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
}
