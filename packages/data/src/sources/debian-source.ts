import { nodeBuiltin } from '@ais/runtime/files';
import { DataError } from '../errors.js';
import { contentHash } from '../records/content-hash.js';
import { ownCopy } from '../records/own-copy.js';
import { readFaults } from '../records/read-report.js';
import type { Source } from '../records/record.js';
import type { Template } from '../templates/template.js';
import { tldr } from '../templates/tldr.js';
import { BRING, readStanzas, type Stanza } from './deb822.js';
import { type Post, textRecordOf } from './post.js';

export interface DebianSourceOptions {
  /** Where apt keeps its lists; `/var/lib/apt/lists` by default. */
  listsDirectory?: string;
  /** What reads compressed lists; `/usr/lib/apt/apt-helper` by default. */
  aptHelper?: string;
  /** Shorter posts, in UTF-16 units, are left out; 81 by default. */
  minimumPostLength?: number;
  /**
   * Keep one record of those whose posts start with the same characters, this many: the packages of one source often
   * share their first paragraph. Off by default.
   */
  deduplicatePrefix?: number;
  /** What renders subreddit, title, post and summary; `tldr` by default. */
  template?: Template;
}

/**
 * Real text that every Debian or Ubuntu machine can have: package descriptions as posts, their one-line synopses as
 * summaries.
 *
 * subreddit is the package's section (`misc` without one), title its name, post the long description with its
 * paragraphs separated by one line break each and the lines of a paragraph joined (lists keep their lines), summary
 * the synopsis. A package that several lists have is given once, and `family` is its source package, so that
 * `splitRecords` keeps `-dev`, `-doc` and the like together. Streams: what stays in memory are package names,
 * sections and sources.
 *
 * @param options where the lists are, and what is left out
 * @returns the source; its records are in the order of apt's lists, sorted by the lists' names
 * @throws {DataError} while reading: `corpus-absent` with the command that brings the corpus; `corpus-unreadable`
 * @example
 * for await (const { prompt, response } of debianSource().records()) console.log(prompt + response);
 */
export function debianSource(options: DebianSourceOptions = {}): Source {
  const {
    listsDirectory = '/var/lib/apt/lists',
    aptHelper = '/usr/lib/apt/apt-helper',
    minimumPostLength = 81,
    deduplicatePrefix,
    template = tldr,
  } = options;
  if (deduplicatePrefix !== undefined && !(deduplicatePrefix >= 1)) {
    throw new DataError(
      'invalid-option',
      `debianSource: deduplicatePrefix must be a number of characters ≥ 1, got ${deduplicatePrefix}.`,
    );
  }
  return {
    name: 'debian',
    async *records(reading) {
      const faults = readFaults(reading);
      faults.recognize({ source: 'debian', template, columns: {} });
      const { translations, packages } = await findLists(listsDirectory);
      const origins = await readOrigins(packages, aptHelper);
      const names = new Set<string>();
      const prefixes = new Set<string>();
      for (const path of translations) {
        for await (const stanza of readStanzas(path, DESCRIPTION, aptHelper)) {
          const record = recordOf(stanza, origins);
          if (record === undefined || record.post.length < minimumPostLength) continue;
          if (names.has(record.title)) continue;
          names.add(record.title);
          if (deduplicatePrefix !== undefined) {
            const hash = contentHash(record.post.slice(0, deduplicatePrefix));
            if (prefixes.has(hash)) continue;
            prefixes.add(hash);
          }
          faults.give();
          yield textRecordOf(record, template);
        }
      }
    },
  };
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

function recordOf(
  stanza: Stanza<(typeof DESCRIPTION)[number]>,
  origins: ReadonlyMap<string, Origin>,
): Post | undefined {
  const { Package: title, 'Description-en': description } = stanza;
  if (!title || !description) return undefined;
  const lineBreak = description.indexOf('\n');
  if (lineBreak <= 0) return undefined;
  const name = ownCopy(title);
  const origin = origins.get(name);
  return {
    id: `debian-${name}`,
    subreddit: origin?.section ?? 'misc',
    title: name,
    post: unfold(description.slice(lineBreak + 1)),
    summary: ownCopy(description.slice(0, lineBreak).trim()),
    family: origin?.source ?? name,
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
  const { readdir } = nodeBuiltin('node:fs/promises', 'debianSource');
  const { join } = nodeBuiltin('node:path', 'debianSource');
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
  const matching = (pattern: RegExp): string[] =>
    names.filter((name) => pattern.test(name)).map((name) => join(directory, name));
  const translations = matching(/_Translation-en(\.\w+)?$/);
  if (translations.length === 0) throw absent(directory);
  return { translations, packages: matching(/_Packages(\.\w+)?$/) };
}

function absent(directory: string, cause?: unknown): DataError {
  return new DataError(
    'corpus-absent',
    `The debian corpus is missing: ${directory} has no Translation-en list. On Debian or Ubuntu, download it as root: ${BRING}`,
    { cause, place: { file: directory } },
  );
}
