import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Application, type DeclarationReflection } from 'typedoc';
import { type EntryPoint, entryPoints } from './entry-points.js';
import { repositoryAddress, siteFolder, workspace } from './workspace.js';

/** Writes a page for each entry point into `reference/` of a folder: every public name with its comment, its signature, and its example. */
export async function writeApiReference(folder: string): Promise<void> {
  const points = entryPoints();
  const repository = repositoryAddress();
  const out = join(folder, 'reference');
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: points.map(({ file }) => file),
    tsconfig: join(siteFolder, 'tsconfig.json'),
    alwaysCreateEntryPointModule: true,
    // Types are checked by `pnpm typecheck`, and links by VitePress.
    skipErrorChecking: true,
    validation: false,
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    readme: 'none',
    logLevel: 'Error',
    cleanOutputDir: false,
    disableGit: true,
    basePath: workspace,
    gitRevision: 'main',
    sourceLinkTemplate: `${repository}/blob/main/{path}#L{line}`,
    outputs: [{ name: 'markdown', path: out }],
    ...markdownOptions,
  });
  const project = await app.convert();
  if (!project) throw new Error('TypeDoc could not read the packages.');
  for (const module of project.children ?? []) {
    const point = points.find(({ file }) => file === fileOf(module));
    if (point) module.name = point.path.replace(/^reference\/(.*)\.md$/, '$1');
  }
  await app.generateOutputs(project);
  await namePages(out, points);
}

/** What typedoc-plugin-markdown is told: a page per entry point, in which tables hold options and parameters. */
const markdownOptions = {
  outputFileStrategy: 'modules',
  entryFileName: 'index',
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useHTMLAnchors: true,
  useHTMLEncodedBrackets: true,
  useCodeBlocks: true,
  sanitizeComments: true,
  indexFormat: 'table',
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  enumMembersFormat: 'table',
  tableColumnSettings: {
    hideDefaults: true,
    hideInherited: true,
    hideModifiers: true,
    hideOverrides: true,
    hideSources: true,
  },
} as object;

function fileOf(module: DeclarationReflection): string | undefined {
  return module.project.getSymbolIdFromReflection(module)?.fileName;
}

/** Gives the pages the names that readers import from, in place of paths. */
async function namePages(folder: string, points: readonly EntryPoint[]): Promise<void> {
  for (const { name, path } of points) {
    const file = join(folder, path.slice('reference/'.length));
    const text = await readFile(file, 'utf8');
    const body = text.replace(/^# .*$/m, `# ${name}\n\n${index(text)}`);
    const head = [
      '---',
      `title: "${name}"`,
      `description: "The public names of ${name}."`,
      'outline: 3',
      'editLink: false',
      '---',
      '',
      '',
    ];
    await writeFile(file, head.join('\n') + body);
  }
  const names = points.map(({ name, path }) => `- [${name}](/${path})`).join('\n');
  await writeFile(
    join(folder, 'index.md'),
    `---\ntitle: Public names\neditLink: false\n---\n\n# Public names\n\nWhat the packages export, by what it is imported from.\n\n${names}\n`,
  );
}

/** A table of the names on a page, each with the first line of its comment. */
function index(page: string): string {
  const parts = page.split(/^<a id="([^"]*)"><\/a>\n\n### (.*)$/m);
  const rows = parts.flatMap((anchor, place) => {
    const [heading, text] = [parts[place + 1], parts[place + 2]];
    if (place % 3 !== 1 || heading === undefined || text === undefined) return [];
    const about =
      text
        .replace(/^(```[\s\S]*?^```|#.*|.*\|.*|<a .*)$/gm, '')
        .split(/\n{2,}/)
        .map((paragraph) => paragraph.trim().replace(/\s+/g, ' '))
        .find(
          (paragraph) => paragraph !== '' && !paragraph.startsWith('***') && !paragraph.startsWith('- '),
        ) ?? '';
    return [`| [${heading}](#${anchor}) | ${about.replaceAll('|', '\\|')} |`];
  });
  return ['| name | is |', '| --- | --- |', ...rows].join('\n');
}
