import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiSurface } from './api-surface.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ais-api-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function surface(files: Readonly<Record<string, string>>): string {
  const manifest = {
    name: '@ais/a',
    exports: { '.': { '@ais/source': './src/index.ts' }, './package.json': './package.json' },
  };
  for (const [file, text] of Object.entries({ ...files, 'package.json': JSON.stringify(manifest) })) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  }
  return apiSurface(directory) ?? '';
}

const block = (page: string, title: string): string =>
  new RegExp(`## ${title}\\n\\n\`\`\`ts\\n(.*?)\\n\`\`\``, 's').exec(page)?.[1] ?? '';

test('shows public names with their types, in order, without comments and bodies', () => {
  const page = surface({
    'src/index.ts':
      "export { twice as double } from './twice.js';\nexport { AisError } from '@ais/runtime/errors';\nexport { type Both, LIMIT } from './both.js';",
    'src/twice.ts': '/** Doubles. */\nexport function twice(x: number): number {\n  return 2 * x;\n}',
    'src/both.ts':
      "import type { Hidden } from './hidden.js';\nexport interface Both {\n  /** Said. */\n  readonly a: Hidden;\n}\nexport const LIMIT: number = 3;\nconst own = 1;\nexport const other: number = own;",
    'src/hidden.ts':
      'export interface Hidden {\n  readonly b: Deeper;\n}\nexport type Deeper = 1 | 2;\nexport type Unused = 3;',
  });
  expect(block(page, '@ais/a')).toBe(
    [
      "export { AisError } from '@ais/runtime/errors';",
      'export interface Both {\n    readonly a: Hidden;\n}',
      'export const LIMIT: number;',
      '// exported as double\nexport function twice(x: number): number;',
    ].join('\n\n'),
  );
  expect(block(page, 'Mentioned, but not exported')).toBe(
    'export type Deeper = 1 | 2;\n\nexport interface Hidden {\n    readonly b: Deeper;\n}',
  );
});

test('a change that users notice changes the page, and another does not', () => {
  const of = (text: string): string => surface({ 'src/index.ts': text });
  const before = of('export function f(x: number): number {\n  return x;\n}');
  expect(of('/** f. */\nexport function f(x: number): number {\n  return x + 0;\n}')).toBe(before);
  expect(of('export function f(x: number, y?: number): number {\n  return x;\n}')).not.toBe(before);
});
