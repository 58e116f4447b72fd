import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SidebarItem } from './navigation.js';
import type { SitePage } from './pages.js';

/** Longest page that `llms-full.txt` holds, in characters: longer ones are tables of numbers. */
const LONGEST_PAGE = 60_000;

/** `llms.txt`: the site's pages by section, each with what it is about, and a link to its Markdown. */
export function llmsText(pages: readonly SitePage[], sections: readonly SidebarItem[], base: string): string {
  const byLink = new Map(
    pages.map((page) => [page.path.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, ''), page]),
  );
  const list = sections.flatMap(({ text, items = [] }) => {
    const lines = items.flatMap(({ link }) => {
      const page = link === undefined ? undefined : byLink.get(link.slice(1));
      return page
        ? [`- [${page.title}](${base}${page.path})${page.description ? `: ${page.description}` : ''}`]
        : [];
    });
    return lines.length > 0 ? [`## ${text}\n\n${lines.join('\n')}\n`] : [];
  });
  return [
    '# ais\n',
    '> TypeScript packages that align language models on TensorFlow.js (DPO, IPO, and their kin, with or without adaptive importance',
    '> sampling), and measure when alignment goes too far.\n',
    `The command: \`npm install --global @ais/cli\`, with Node 20.19, 22.12, or newer. [llms-full.txt](${base}llms-full.txt) has the text of all pages.\n`,
    ...list,
  ].join('\n');
}

/** `llms-full.txt`: the text of all pages but those of numbers, one after another. */
export function llmsFullText(pages: readonly SitePage[]): string {
  return pages
    .filter(({ text, path }) => text.length <= LONGEST_PAGE && path !== 'index.md')
    .map(({ text, path }) => `<!-- ${path} -->\n\n${withoutFrontmatter(text)}`)
    .join('\n\n');
}

/**
 * Writes both, and beside each page its Markdown.
 *
 * @param reference pages of public names, which `llms.txt` names and `llms-full.txt` is too short for
 */
export async function writeForModels(
  folder: string,
  pages: readonly SitePage[],
  reference: readonly SitePage[],
  sections: readonly SidebarItem[],
  base: string,
): Promise<void> {
  const all = [...pages, ...reference];
  for (const { path, text } of all) {
    if (path === 'index.md') continue;
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), withoutFrontmatter(text));
  }
  await writeFile(join(folder, 'llms.txt'), llmsText(all, sections, base));
  await writeFile(join(folder, 'llms-full.txt'), llmsFullText(pages));
}

function withoutFrontmatter(text: string): string {
  return text.replace(/^---\n[\s\S]*?\n---\n+/, '');
}
