import { nodeBuiltin } from '@ais/runtime/files';
import { DataError } from '../errors.js';
import { ownCopy } from '../records/own-copy.js';
import { BRING, readStanzas, type Stanza } from './deb822.js';

/** Where apt keeps what it knows of packages, and what reads it. */
export interface DebianLists {
  /** Where apt keeps its lists; `/var/lib/apt/lists` by default. */
  listsDirectory?: string;
  /** What reads compressed lists; `/usr/lib/apt/apt-helper` by default. */
  aptHelper?: string;
}

/** A package as its description has it. */
export interface DebianPackage {
  readonly name: string;
  /** `misc` without one. */
  readonly section: string;
  /** The source package that it is built from. */
  readonly source: string;
  /** The description's first line. */
  readonly synopsis: string;
  /** The rest: its paragraphs separated by one line break each and the lines of a paragraph joined; lists keep their lines. */
  readonly description: string;
}

/**
 * The described packages of a Debian or Ubuntu release, in the order of apt's lists, sorted by the lists' names. A package that
 * several lists have comes several times. Streams: what stays in memory are package names, sections and sources.
 *
 * Security fixes, updates, and backports come nearly every day, and a corpus with them is another one each time. A release
 * changes a few times a year at most. So their lists are read only where there are no others.
 *
 * @throws {DataError} `corpus-absent` with the command that brings the corpus; `corpus-unreadable`
 */
export async function* debianPackages({
  listsDirectory = '/var/lib/apt/lists',
  aptHelper = '/usr/lib/apt/apt-helper',
}: DebianLists): AsyncGenerator<DebianPackage> {
  const { translations, packages } = await findLists(listsDirectory);
  const origins = await readOrigins(packages, aptHelper);
  for (const path of translations) {
    for await (const stanza of readStanzas(path, DESCRIPTION, aptHelper)) {
      const found = packageOf(stanza, origins);
      if (found) yield found;
    }
  }
}

interface Origin {
  readonly section: string;
  readonly source: string;
}

const ORIGIN = ['Package', 'Source', 'Section'] as const;
const DESCRIPTION = ['Package', 'Description-en'] as const;

/** Where each package is from. */
async function readOrigins(
  packages: readonly string[],
  aptHelper: string,
): Promise<ReadonlyMap<string, Origin>> {
  const origins = new Map<string, Origin>();
  for (const path of packages) {
    for await (const stanza of readStanzas(path, ORIGIN, aptHelper)) {
      const { Package: name, Source: source = '', Section: section = '' } = stanza;
      if (name === undefined || origins.has(name)) continue;
      // A source of another version is written "name (version)", a section outside main "area/section".
      origins.set(ownCopy(name), {
        section: ownCopy(section.split('/').at(-1) || 'misc'),
        source: ownCopy(source.split(' ')[0] || name),
      });
    }
  }
  return origins;
}

function packageOf(
  stanza: Stanza<(typeof DESCRIPTION)[number]>,
  origins: ReadonlyMap<string, Origin>,
): DebianPackage | undefined {
  const { Package: title, 'Description-en': description } = stanza;
  if (!title || !description) return undefined;
  const lineBreak = description.indexOf('\n');
  if (lineBreak <= 0) return undefined;
  const name = ownCopy(title);
  const origin = origins.get(name);
  return {
    name,
    section: origin?.section ?? 'misc',
    source: origin?.source ?? name,
    synopsis: ownCopy(description.slice(0, lineBreak).trim()),
    description: unfold(description.slice(lineBreak + 1)),
  };
}

/** Debian policy 5.6.13: one leading space is text to be filled, two or more are a line as it is, ` .` is empty. */
function unfold(body: string): string {
  const pieces: string[] = [];
  let joins = false;
  for (const line of body.split('\n')) {
    const content = line.trim();
    const isFilled = /^[ \t][^ \t]/.test(line);
    if (content === '' || content === '.') joins = false;
    else {
      if (pieces.length > 0) pieces.push(joins && isFilled ? ' ' : '\n');
      pieces.push(content);
      joins = isFilled;
    }
  }
  // Joined at once, the text is a copy of its lines; added up, it would keep them, and what they are slices of.
  return pieces.join('');
}

async function findLists(directory: string): Promise<{ translations: string[]; packages: string[] }> {
  const { readdir } = nodeBuiltin('node:fs/promises', 'debianPackages');
  const { join } = nodeBuiltin('node:path', 'debianPackages');
  let names: string[];
  try {
    names = (await readdir(directory)).sort();
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw absent(directory, cause);
    throw new DataError('corpus-unreadable', `${directory} cannot be read: ${message}.`, {
      cause,
      place: { file: directory },
    });
  }
  const matching = (pattern: RegExp): string[] => {
    const all = names.filter((name) => pattern.test(name));
    const released = all.filter((name) => !CHANGES_DAILY.test(name));
    return (released.length > 0 ? released : all).map((name) => join(directory, name));
  };
  const translations = matching(/_Translation-en(\.\w+)?$/);
  if (translations.length === 0) throw absent(directory);
  return { translations, packages: matching(/_Packages(\.\w+)?$/) };
}

/** Lists of what comes after a release: `…_dists_bookworm-security_main_…`, and up to Debian 10 `…_dists_buster_updates_main_…`. */
const CHANGES_DAILY =
  /_dists_[^_]+?(?:[-_](?:security|updates|backports|backports-sloppy|proposed|proposed-updates))_/;

function absent(directory: string, cause?: unknown): DataError {
  return new DataError(
    'corpus-absent',
    `The debian corpus is missing: ${directory} has no Translation-en list. On Debian or Ubuntu, download it as root: ${BRING}`,
    { cause, place: { file: directory } },
  );
}
