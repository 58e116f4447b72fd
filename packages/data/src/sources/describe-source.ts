import { contentHash } from '../records/content-hash.js';
import { readFaults } from '../records/read-report.js';
import type { Source, TextRecord } from '../records/record.js';
import { createTemplate, type Template } from '../templates/template.js';
import { type DebianLists, type DebianPackage, debianPackages } from './debian-packages.js';

/** Options of `describeSource`. */
export interface DescribeSourceOptions extends DebianLists {
  /** What renders section, name, synopsis and description. */
  template?: Template;
}

const describe: Template = createTemplate({
  name: 'describe',
  prompt: 'SECTION: {section}\n\nNAME: {name}\n\nSYNOPSIS: {synopsis}\n\nDESCRIPTION:',
  response: ' {description}',
  trim: ['description'],
});

/** Sentences of a description that are asked for. */
const SENTENCES = 2;

/**
 * The Debian corpus the other way round, for responses of some fifty tokens: from a package's name and synopsis to the first
 * two sentences of its long description.
 *
 * Left out are packages whose descriptions begin with less prose, and all but the first of those that are described in the same
 * words, as the packages of one source often are. `family` is the source package.
 *
 * @param options where apt's lists are, and what renders a record
 * @returns the source; its records are in the order of `debianSource`
 * @throws {DataError} while reading: `corpus-absent` with the command that brings the corpus; `corpus-unreadable`
 * @example
 * for await (const { prompt, response } of describeSource().records()) console.log(prompt + response);
 */
export function describeSource({ template = describe, ...lists }: DescribeSourceOptions = {}): Source {
  return {
    name: 'describe',
    async *records(reading) {
      const faults = readFaults(reading);
      faults.recognize({ source: 'describe', template, columns: {} });
      const names = new Set<string>();
      const descriptions = new Set<string>();
      for await (const found of debianPackages(lists)) {
        const description = firstSentences(found.description);
        if (description === undefined || names.has(found.name)) continue;
        names.add(found.name);
        const hash = contentHash(description);
        if (descriptions.has(hash)) continue;
        descriptions.add(hash);
        faults.give();
        yield recordOf(found, description, template);
      }
    },
  };
}

function recordOf(
  { name, section, source, synopsis }: DebianPackage,
  description: string,
  template: Template,
): TextRecord {
  const fields = { section, name, synopsis, description };
  const { text, cut } = template.prompt(fields);
  return {
    id: `describe-${name}`,
    prompt: text,
    ...(cut === undefined ? {} : { cut }),
    response: template.response(fields),
    family: source,
  };
}

/** The first two sentences of the prose that a description begins with; undefined where it has fewer. */
function firstSentences(description: string): string | undefined {
  const paragraphs = description.split('\n');
  const end = paragraphs.findIndex((paragraph) => !isProse(paragraph));
  const prose = paragraphs.slice(0, end === -1 ? paragraphs.length : end).join(' ');
  const ends = [...prose.matchAll(SENTENCE_END)].filter(({ index }) => !isAbbreviation(prose, index));
  const last = ends[SENTENCES - 1];
  return last && prose.slice(0, last.index + last[0].trimEnd().length);
}

/** Whether a paragraph ends as a sentence does, and is no entry of a list. */
function isProse(paragraph: string): boolean {
  return /[.!?]["')\]]*$/.test(paragraph) && !/^([*+o-]|\d+[.)])\s/.test(paragraph);
}

/** A mark that ends a sentence, with what closes after it, before what another one may begin with or at the paragraph's end. */
const SENTENCE_END = /[.!?]["')\]]*(?:\s+(?=["'(]?[\p{Lu}\p{N}])|\s*$)/gu;

/** Whether the point at an index ends a word such as "e.g" or an initial, which a capital may follow in mid-sentence. */
function isAbbreviation(text: string, index: number): boolean {
  const word = /[^\s(]*$/.exec(text.slice(0, index))?.[0] ?? '';
  return /^(\p{L}|e\.g|i\.e|etc|vs|cf|resp|incl|approx|no|dr|mr|mrs|st|inc|ltd)$/iu.test(word);
}
