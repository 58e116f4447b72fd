import { collectRecords, debianSource } from '@ais/data';
import { filesTarget } from '../files-target.js';
import { textFiles } from '../fixtures.js';
import type { FuzzTarget } from '../target.js';

const TRANSLATION = `Package: soup
Description-md5: 00
Description-en: cooks soup
 Soup is a program that cooks soup from what
 the pantry holds.
 .
 It knows:
  * carrots;
  * leeks.

Package: libsoup-dev
Description-en: cooks soup - development
 Soup is a program that cooks soup from what
 the pantry holds.
`;
const PACKAGES =
  'Package: soup\nSection: utils\n\nPackage: libsoup-dev\nSource: soup (1.2)\nSection: non-free/libdevel\n';

/** What apt knows of packages. */
export const debianLists: FuzzTarget = filesTarget({
  name: 'debian-lists',
  share: 4,
  structured: 0.5,
  hard: [
    ...[
      'Package: ',
      'Package:',
      ' .',
      ' ',
      '\t',
      'Description-en:',
      'Source: soup (',
      'Section: /',
      ':',
      '\0',
      '\r',
    ],
    ...[
      `Package: ${'x'.repeat(100_000)}`,
      ' a\n'.repeat(50_000),
      `\n${' '.repeat(100_000)}`,
      '__proto__: a',
      '\n\n\n',
    ],
  ],
  seeds: () => [
    textFiles({
      'mirror_dists_main_i18n_Translation-en': TRANSLATION,
      'mirror_dists_main_binary-amd64_Packages': PACKAGES,
    }),
  ],
  read: (directory) =>
    collectRecords(debianSource({ listsDirectory: directory, minimumPostLength: 10, deduplicatePrefix: 40 })),
});
