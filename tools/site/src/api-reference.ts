import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Application,
  type CommentDisplayPart,
  CommentTag,
  Converter,
  type DeclarationReflection,
  type ParameterReflection,
  type ProjectReflection,
  ReflectionKind,
  type SignatureReflection,
} from 'typedoc';
import ts from 'typescript';
import { type EntryPoint, entryPoints } from './entry-points.js';
import type { SitePage } from './pages.js';
import { repositoryAddress, siteFolder, workspace } from './workspace.js';

/**
 * Writes a page for each entry point into `reference/` of a folder: every public name with its comment, its signature, and its example.
 *
 * @returns these pages
 */
export async function writeApiReference(
  folder: string,
  points: readonly EntryPoint[] = entryPoints(),
): Promise<SitePage[]> {
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
    // Links to sources start here, too.
    displayBasePath: workspace,
    groupOrder: ['Functions', 'Classes', 'Variables', 'Interfaces', 'Type Aliases', '*'],
    gitRevision: 'main',
    sourceLinkTemplate: `${repository}/blob/main/{path}#L{line}`,
    outputs: [{ name: 'markdown', path: out }],
    ...markdownOptions,
  });
  app.converter.on(Converter.EVENT_CREATE_SIGNATURE, (_, signature, declaration) =>
    gatherFields(signature, declaration),
  );
  const project = await app.convert();
  if (!project) throw new Error('TypeDoc could not read the packages.');
  completeSignatures(project);
  for (const module of project.children ?? []) {
    const point = points.find(({ file }) => file === fileOf(module));
    if (point) module.name = point.path.replace(/^reference\/(.*)\.md$/, '$1');
  }
  await app.generateOutputs(project);
  return namePages(out, points);
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

/** What TypeDoc calls a parameter that is taken apart where it is declared. */
const UNNAMED = '__namedParameters';

/** What is said of the fields of such a parameter (`@param field …`) becomes what is said of the parameter. */
function gatherFields(signature: SignatureReflection, declaration: ts.Node | undefined): void {
  const { comment, parameters = [] } = signature;
  if (!comment || !declaration || !ts.isFunctionLike(declaration)) return;
  declaration.parameters.forEach(({ name }, index) => {
    const parameter = parameters[index];
    if (parameter?.name !== UNNAMED || !ts.isObjectBindingPattern(name)) return;
    const fields = new Set(name.elements.map((element) => (element.propertyName ?? element.name).getText()));
    const told = comment.blockTags.filter((tag) => tag.tag === '@param' && fields.has(tag.name ?? ''));
    if (told.length === 0) return;
    parameter.name = nameOf(parameter);
    const content = told.flatMap(({ name: field, content: own }, place): CommentDisplayPart[] => [
      { kind: 'text', text: place > 0 ? '; ' : '' },
      { kind: 'code', text: `\`${field}\`` },
      { kind: 'text', text: ': ' },
      ...own,
    ]);
    const gathered = new CommentTag('@param', content);
    gathered.name = parameter.name;
    comment.blockTags = [...comment.blockTags.filter((tag) => !told.includes(tag)), gathered];
  });
}

/** Names the parameters that are still without a name, and says which errors are thrown: TypeDoc leaves the type of `@throws` out. */
function completeSignatures(project: ProjectReflection): void {
  for (const parameter of project.getReflectionsByKind(ReflectionKind.Parameter) as ParameterReflection[]) {
    if (parameter.name === UNNAMED) parameter.name = nameOf(parameter);
  }
  for (const { comment } of project.getReflectionsByKind(ReflectionKind.All)) {
    for (const tag of comment?.blockTags ?? []) {
      if (tag.tag !== '@throws' || tag.typeAnnotation === undefined) continue;
      const { typeAnnotation: first } = tag;
      const others = tag.content.map((part) =>
        part.kind === 'text' ? { ...part, text: asCode(part.text) } : part,
      );
      tag.content = [{ kind: 'text', text: `\`${first.replace(/[{}]/g, '')}\` ` }, ...others];
    }
  }
}

/** `{DataError}` → a name in code, as Markdown has it. */
function asCode(text: string): string {
  return text.replace(/\{(\w+)\}/g, '`$1`');
}

/** `corpus` of a `Corpus`; `options` of what has no name, or is a part of something else. */
function nameOf({ type }: ParameterReflection): string {
  if (
    type?.type !== 'reference' ||
    /Options$|^(Pick|Omit|Partial|Required|Readonly|Extract|Exclude)$/.test(type.name)
  ) {
    return 'options';
  }
  return type.name.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (start) => start.toLowerCase());
}

function fileOf(module: DeclarationReflection): string | undefined {
  return module.project.getSymbolIdFromReflection(module)?.fileName;
}

/** Gives the pages the names that readers import from, in place of paths. */
async function namePages(folder: string, points: readonly EntryPoint[]): Promise<SitePage[]> {
  const pages: SitePage[] = [];
  for (const { name, path, about } of points) {
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
    const description = about ?? `The public names of ${name}`;
    pages.push({ source: path, path, title: name, description, text: body });
  }
  const names = points
    .map(({ name, path, about }) =>
      about === undefined ? `  - [${name}](/${path})` : `- [${name}](/${path}): ${about}`,
    )
    .join('\n');
  await writeFile(
    join(folder, 'index.md'),
    `---\ntitle: Public names\neditLink: false\n---\n\n# Public names\n\nWhat each package exports, with its comment, signature, and example. Entry points below a package are imported by their own names.\n\n${names}\n`,
  );
  return pages;
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
        .find((paragraph) => paragraph !== '' && !/^(\*\*\*|- |Defined in: )/.test(paragraph)) ?? '';
    return [`| [${heading}](#${anchor}) | ${about.replaceAll('|', '\\|')} |`];
  });
  return ['| name | is |', '| --- | --- |', ...rows].join('\n');
}
