import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collectRecords } from '../records/collect-records.js';
import { createTemplate } from '../templates/template.js';
import { describeSource } from './describe-source.js';
import { openSource } from './open-source.js';

const TRANSLATION = `Package: soup
Description-en: cooks soup
 Soup is a program that cooks soup, e.g. Minestrone, from what
 the pantry holds. "Salt" is up to you. It never burns.

Package: libsoup-dev
Description-en: cooks soup - development
 Soup is a program that cooks soup, e.g. Minestrone, from what the pantry holds. "Salt" is up to you.
 .
 These are the headers.

Package: stew
Description-en: cooks stew
 Stew cooks slowly (very slowly!).
 .
 It needs wine.

Package: list
Description-en: cooks by lists
 It knows carrots.
  * leeks.

Package: one
Description-en: one sentence
 Only one sentence, and a long one at that, about nothing in particular.
`;

let lists = '';
beforeAll(async () => {
  lists = await mkdtemp(join(tmpdir(), 'ais-data-describe-'));
  await writeFile(join(lists, 'mirror_dists_main_i18n_Translation-en'), TRANSLATION);
  await writeFile(
    join(lists, 'mirror_dists_main_binary-amd64_Packages'),
    'Package: libsoup-dev\nSource: soup (1.2)\nSection: libdevel\n',
  );
});
afterAll(() => rm(lists, { recursive: true }));

it('asks for the first two sentences of a description, in the same words only once', async () => {
  const records = await collectRecords(describeSource({ listsDirectory: lists }));
  expect(records).toEqual([
    {
      id: 'describe-soup',
      prompt: 'SECTION: misc\n\nNAME: soup\n\nSYNOPSIS: cooks soup\n\nDESCRIPTION:',
      response:
        ' Soup is a program that cooks soup, e.g. Minestrone, from what the pantry holds. "Salt" is up to you.',
      family: 'soup',
    },
    {
      id: 'describe-stew',
      prompt: 'SECTION: misc\n\nNAME: stew\n\nSYNOPSIS: cooks stew\n\nDESCRIPTION:',
      response: ' Stew cooks slowly (very slowly!). It needs wine.',
      family: 'stew',
    },
  ]);
});

it('keeps the packages of one source together, and takes another template', async () => {
  const template = createTemplate({ prompt: '{name}:', response: ' {description}' });
  await writeFile(join(lists, 'mirror_dists_main_binary-i386_Packages'), 'Package: stew\nSource: soup\n');
  const records = await collectRecords(describeSource({ listsDirectory: lists, template }));
  expect(records.map(({ prompt, family }) => [prompt, family])).toEqual([
    ['soup:', 'soup'],
    ['stew:', 'soup'],
  ]);
});

it('has a name on command lines', () => {
  expect(openSource('describe')).toMatchObject({ kind: 'text', source: { name: 'describe' } });
  expect(() => openSource('describe', { kind: 'comparisons' })).toThrow(
    'The source describe has no comparisons.',
  );
});
