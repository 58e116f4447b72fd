// The documentation site: `pnpm site build`, `pnpm site dev`, `pnpm site check`.
import { existsSync, watch } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build, createServer, serve } from 'vitepress';
import { writeApiReference } from './api-reference.js';
import { brokenLinks } from './built-links.js';
import { referenceSidebar } from './entry-points.js';
import { writeForModels } from './llms.js';
import { sidebar } from './navigation.js';
import { distFolder, pagesFolder, siteBase, siteFolder, workspace } from './workspace.js';
import { writePages } from './write-pages.js';

const commands: Readonly<Record<string, () => Promise<void>>> = {
  /** Everything into `tools/site/dist`; fails on a link that leads nowhere. */
  async build() {
    await rm(pagesFolder, { recursive: true, force: true });
    const { pages } = await writePages();
    const reference = await writeApiReference(pagesFolder);
    await build(siteFolder);
    const sections = sidebar(pages, referenceSidebar());
    await writeForModels(distFolder, pages, reference, sections, siteBase());
    await commands['check']?.();
  },

  /** The site while it is written: changes of docs/ show at once. */
  async dev() {
    await writePages();
    if (!existsSync(join(pagesFolder, 'reference/data'))) await writeApiReference(pagesFolder);
    const server = await createServer(siteFolder);
    await server.listen();
    server.printUrls();
    for (const folder of ['docs', 'packages', 'tools/site/pages']) {
      watch(join(workspace, folder), { recursive: true }, (_, file) => {
        if (file?.endsWith('.md')) void writePages();
      });
    }
  },

  /** The built site, as a server would send it. */
  async serve() {
    await serve({ root: siteFolder });
  },

  /** Whether every link of the built site leads somewhere. */
  async check() {
    const broken = brokenLinks(distFolder, siteBase());
    if (broken.length > 0) throw new Error(`Links that lead nowhere:\n${broken.join('\n')}`);
  },
};

const [name = ''] = process.argv.slice(2);
const command = commands[name];
if (command === undefined) {
  process.stderr.write(`Usage: pnpm site ${Object.keys(commands).join('|')}\n`);
  process.exitCode = 2;
} else {
  await command();
}
