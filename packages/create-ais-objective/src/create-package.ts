import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateError } from './errors.js';
import { type Names, namesOf } from './names.js';

/** What a package can be: an objective, a family of models, a source of text, or a judge of responses. */
export const templateNames = ['objective', 'family', 'source', 'judge'] as const;
/** What a new package may be: the name of a template. */
export type TemplateName = (typeof templateNames)[number];

/** What package is wanted, and where. */
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
  /** Paths of its files, from its folder. */
  readonly files: readonly string[];
}

const templates = fileURLToPath(new URL('../templates', import.meta.url));

/**
 * Writes a package of one's own: source, test, README, changeset, and CI.
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
  const directory = join(parent, names.kebab);
  if ((await readdir(directory).catch(() => [])).length > 0) {
    throw new CreateError(
      'folder-exists',
      `${directory} exists and is not empty. Choose another name or place.`,
    );
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
      files.push(target.slice(directory.length + 1));
    }
    return { directory, template, files: files.sort() };
  } catch (error) {
    if (isNew) await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

function isTemplate(name: string): name is TemplateName {
  return (templateNames as readonly string[]).includes(name);
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
  return text
    .replace(
      /"@ais\/([\w-]+)": "\*"/g,
      (_, part: string) => `"@ais/${part}": "${versions[`@ais/${part}`] ?? '*'}"`,
    )
    .replaceAll('@me/my-plugin', names.package)
    .replaceAll('my-plugin', names.kebab)
    .replaceAll('my_plugin', names.snake)
    .replaceAll('myPlugin', names.camel)
    .replaceAll('MyPlugin', names.pascal);
}

/**
 * The versions of the `@ais` packages that this one was published with, as ranges for peers: they go on to the next major
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
