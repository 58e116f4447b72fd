import { cp, lstat, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateError } from './errors.js';
import { type Names, namesOf } from './names.js';

/** The kinds of packages: an objective, a family of models, a source of text, or a judge of responses. */
export const templateNames = ['objective', 'family', 'source', 'judge'] as const;
/** The kind of a new package: the name of a template. */
export type TemplateName = (typeof templateNames)[number];

/** Options of `createPackage`: which package is made, and where. */
export interface CreateOptions {
  /** The package's name: `my-objective`, `@me/my-objective`. */
  readonly name: string;
  /** `objective` by default. */
  readonly template?: string;
  /** Where its folder goes; the working directory by default. */
  readonly parent?: string;
}

/** The package that was made. */
export interface CreatedPackage {
  readonly directory: string;
  readonly template: TemplateName;
  /** Paths of its files, from its folder, with slashes on Windows too. */
  readonly files: readonly string[];
}

const templates = fileURLToPath(new URL('../templates', import.meta.url));

/**
 * Writes a custom package: source, test, README, changeset, and CI.
 *
 * A template is itself such a package, by the name `@me/my-plugin`; its files are copied, and the name is replaced.
 *
 * @throws {CreateError} `invalid-name`, `unknown-template`, `folder-exists`
 * @example
 * const { directory } = await createPackage({ name: 'my-judge', template: 'judge' });
 */
export async function createPackage({
  name,
  template = 'objective',
  parent = '.',
}: CreateOptions): Promise<CreatedPackage> {
  const names = namesOf(name);
  if (!isTemplate(template)) {
    throw new CreateError(
      'unknown-template',
      `There is no template "${template}". Use one of: ${templateNames.join(', ')}.`,
    );
  }
  await requireFree(names, template);
  const directory = join(parent, names.kebab);
  const taken = await whatTakes(directory);
  if (taken) {
    throw new CreateError('folder-exists', `${directory} exists and ${taken}. Choose another name or place.`);
  }
  const versions = await publishedVersions();
  const isNew = (await mkdir(directory, { recursive: true })) !== undefined;
  try {
    for (const part of ['common', template]) await cp(join(templates, part), directory, { recursive: true });
    const files: string[] = [];
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const target = join(dirname(path), ownName(basename(path), names));
      await writeFile(path, filled(await readFile(path, 'utf8'), names, versions));
      await rename(path, target);
      files.push(relative(directory, target).split(sep).join('/'));
    }
    return { directory, template, files: files.sort() };
  } catch (error) {
    if (isNew) await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Why a folder cannot be the package's, if it cannot: nothing may be there, or an empty folder. */
async function whatTakes(directory: string): Promise<string | undefined> {
  const found = await stat(directory)
    // A link that leads nowhere takes the name too.
    .catch(() => lstat(directory))
    .catch(() => undefined);
  if (!found) return undefined;
  if (!found.isDirectory()) return 'is not a folder';
  return (await readdir(directory)).length > 0 ? 'is not empty' : undefined;
}

function isTemplate(name: string): name is TemplateName {
  return (templateNames as readonly string[]).includes(name);
}

/**
 * Refuses a name that a template's own files or dependencies have, or that its code gives to something else: the two would be one.
 *
 * @throws {CreateError} `invalid-name`
 */
async function requireFree({ package: name, kebab, camel }: Names, template: TemplateName): Promise<void> {
  if ((await dependenciesOf(template)).has(name)) {
    throw new CreateError(
      'invalid-name',
      `"${name}" is a package that the template ${template} depends on. Use another name, such as @me/${kebab} or my-${kebab}.`,
    );
  }
  const folder = join(templates, template, 'src');
  for (const file of (await readdir(folder)).sort()) {
    if (file !== `${kebab}.ts` && !namesGiven(await readFile(join(folder, file), 'utf8')).has(camel))
      continue;
    throw new CreateError(
      'invalid-name',
      `"${name}" is what the template ${template} has in ${file.replace('my-plugin', kebab)} under this name. Use another, such as my-${kebab}.`,
    );
  }
}

async function dependenciesOf(template: TemplateName): Promise<ReadonlySet<string>> {
  const text = await readFile(join(templates, template, 'package.template.json'), 'utf8');
  const { dependencies, peerDependencies, devDependencies } = JSON.parse(text) as Record<string, object>;
  return new Set(Object.keys({ ...dependencies, ...peerDependencies, ...devDependencies }));
}

/** The names that a template's code imports and declares beside the package's name, where it uses that. */
function namesGiven(code: string): ReadonlySet<string> {
  if (!code.includes('myPlugin')) return new Set();
  const imported = [...code.matchAll(/^import (?:type )?(?:\* as (\w+)|\{([^}]*)\})/gm)].flatMap(
    ([, all = '', some = '']) => [all, ...some.split(',').map((each) => each.trim().replace(/^type /, ''))],
  );
  const declared = [...code.matchAll(/\b(?:const|let|function|class|interface) (\w+)/g)].map(
    ([, name = '']) => name,
  );
  return new Set([...imported, ...declared].filter((name) => name !== 'myPlugin'));
}

/** Files that npm would leave out of a package, or take for the manifest of a package within it, have other names there. */
const ownNames: Readonly<Record<string, string>> = {
  gitignore: '.gitignore',
  'package.template.json': 'package.json',
};

function ownName(file: string, { kebab }: Names): string {
  return ownNames[file] ?? file.replace('my-plugin', kebab);
}

function filled(text: string, names: Names, versions: Readonly<Record<string, string>>): string {
  const own: Readonly<Record<string, string>> = {
    '@me/my-plugin': names.package,
    'my-plugin': names.kebab,
    my_plugin: names.snake,
    myPlugin: names.camel,
    MyPlugin: names.pascal,
  };
  return (
    text
      .replace(
        /"@ais\/([\w-]+)": "\*"/g,
        (_, part: string) => `"@ais/${part}": "${versions[`@ais/${part}`] ?? '*'}"`,
      )
      // In one pass: a name may hold the template's, such as my-plugin-dpo.
      .replace(/@me\/my-plugin|my-plugin|my_plugin|myPlugin|MyPlugin/g, (found) => own[found] as string)
  );
}

/**
 * The versions of the `@ais` packages that this one was published with, as ranges for peers: they extend to the next major
 * version. In the workspace, where none is published, any version.
 */
async function publishedVersions(): Promise<Readonly<Record<string, string>>> {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly devDependencies?: Readonly<Record<string, string>>;
  };
  return Object.fromEntries(
    Object.entries(manifest.devDependencies ?? {}).flatMap(([name, range]) => {
      const [, version, major = '0'] = /^[~^]?((\d+)\.\d+\.\d+\S*)$/.exec(range) ?? [];
      return version === undefined
        ? []
        : [[name, `>=${version} <${Number(major) + (major === '0' ? 2 : 1)}`]];
    }),
  );
}
