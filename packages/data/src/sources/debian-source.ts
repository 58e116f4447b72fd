import { DataError } from '../errors.js';
import { contentHash } from '../records/content-hash.js';
import { readFaults } from '../records/read-report.js';
import type { Source } from '../records/record.js';
import { requireInteger } from '../records/require-option.js';
import type { Template } from '../templates/template.js';
import { tldr } from '../templates/tldr.js';
import { type DebianLists, type DebianPackage, debianPackages } from './debian-packages.js';
import { type Post, textRecordOf } from './post.js';

/** Options of `debianSource`. */
export interface DebianSourceOptions extends DebianLists {
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
 * @throws {DataError} `invalid-option`; while reading: `corpus-absent` with the command that brings the corpus; `corpus-unreadable`
 * @example
 * for await (const { prompt, response } of debianSource().records()) console.log(prompt + response);
 */
export function debianSource(options: DebianSourceOptions = {}): Source {
  const { minimumPostLength = 81, deduplicatePrefix, template = tldr, ...lists } = options;
  requireInteger('debianSource: minimumPostLength', minimumPostLength, 0);
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
      const names = new Set<string>();
      const prefixes = new Set<string>();
      for await (const found of debianPackages(lists)) {
        const { name, description } = found;
        if (description.length < minimumPostLength || names.has(name)) continue;
        names.add(name);
        if (deduplicatePrefix !== undefined) {
          const hash = contentHash(description.slice(0, deduplicatePrefix));
          if (prefixes.has(hash)) continue;
          prefixes.add(hash);
        }
        faults.give();
        yield textRecordOf(postOf(found), template);
      }
    },
  };
}

function postOf({ name, section, source, synopsis, description }: DebianPackage): Post {
  return {
    id: `debian-${name}`,
    subreddit: section,
    title: name,
    post: description,
    summary: synopsis,
    family: source,
  };
}
