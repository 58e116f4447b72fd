import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createPackage, templateNames } from './create-package.js';
import { CreateError } from './errors.js';
import { main } from './main.js';

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ais-create-'));
});

afterEach(() => {
  rmSync(parent, { recursive: true });
});

describe.each(templateNames)('the template %s', (template) => {
  test('becomes a package with source, test, README, changeset, and CI', async () => {
    const { directory, files } = await createPackage({ name: '@me/cal-dpo', template, parent });
    expect(directory).toBe(join(parent, 'cal-dpo'));
    for (const file of [
      '.changeset/config.json',
      '.changeset/first-release.md',
      '.github/workflows/ci.yml',
      '.gitignore',
      'README.md',
      'package.json',
      'src/cal-dpo.test.ts',
      'src/cal-dpo.ts',
      'src/index.ts',
      'tsconfig.build.json',
      'tsconfig.json',
    ]) {
      expect(files).toContain(file);
    }
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({
      name: '@me/cal-dpo',
      type: 'module',
      sideEffects: false,
      files: ['dist'],
    });
    const text = files.map((file) => readFileSync(join(directory, file), 'utf8')).join('\n');
    expect(text).not.toMatch(/my.?plugin/i);
    expect(text).not.toMatch(/workspace:|catalog:/);
    expect(readFileSync(join(directory, '.changeset/first-release.md'), 'utf8')).toContain(
      '"@me/cal-dpo": minor',
    );
  });
});

test('a file is named by the last part of the name, and a value and a type as JavaScript has them', async () => {
  const { directory } = await createPackage({ name: '@me/cal-dpo2-x', parent });
  const source = readFileSync(join(directory, 'src/cal-dpo2-x.ts'), 'utf8');
  expect(source).toContain('export function calDpo2X({ beta, margin = 0 }: CalDpo2XOptions): Objective {');
  expect(source).toContain("name: 'cal-dpo2-x'");
  expect(readFileSync(join(directory, 'src/index.ts'), 'utf8')).toContain("from './cal-dpo2-x.js'");
  expect(readFileSync(join(directory, 'README.md'), 'utf8')).toContain("objective: '@me/cal-dpo2-x'");
});

test.each(templateNames)('a name may hold the template’s own: %s', async (template) => {
  const { directory, files } = await createPackage({ name: '@my-plugin/my-plugin-dpo', template, parent });
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  expect(manifest.name).toBe('@my-plugin/my-plugin-dpo');
  expect(files).toContain('src/my-plugin-dpo.test.ts');
  const text = files.map((file) => readFileSync(join(directory, file), 'utf8')).join('\n');
  expect(text).not.toMatch(/dpo.?dpo|@me/i);
  expect(text).not.toMatch(/my.?plugin(?!.?dpo|\/)/i);
});

test.each(['new', 'default', 'await', '@me/class', 'enum', 'undefined', 'static'])(
  'refuses the name %s, which JavaScript keeps for itself',
  async (name) => {
    for (const template of templateNames) {
      await expect(createPackage({ name, template, parent })).rejects.toMatchObject({
        code: 'invalid-name',
        exit: 'usage',
        message: expect.stringMatching(/JavaScript keeps (\w+) for itself\. Use another, such as my-\1\./),
      });
    }
    expect(readdirSync(parent)).toEqual([]);
  },
);

test.each([
  ['llama', 'family', 'llama.ts'],
  ['dpo', 'objective', 'dpo.test.ts'],
  ['pair-objective', 'objective', 'pair-objective.ts'],
  ['tf', 'objective', 'tf.ts'],
  ['prepare', 'source', 'prepare.test.ts'],
  ['records', 'source', 'records.test.ts'],
  ['index', 'judge', 'index.ts'],
  ['bin', 'source', 'bin.ts'],
])('refuses the name %s, which the template %s has in %s', async (name, template, file) => {
  await expect(createPackage({ name, template, parent })).rejects.toMatchObject({
    code: 'invalid-name',
    message: expect.stringContaining(`the template ${template} has in ${file} under this name`),
  });
  expect(readdirSync(parent)).toEqual([]);
});

test.each([
  ['vitest', 'objective'],
  ['typescript', 'judge'],
  ['@ais/language-model', 'family'],
])('refuses the name %s, on which the template %s depends', async (name, template) => {
  await expect(createPackage({ name, template, parent })).rejects.toMatchObject({
    code: 'invalid-name',
    message: expect.stringContaining(`"${name}" is a package that the template ${template} depends on`),
  });
  expect(readdirSync(parent)).toEqual([]);
});

test.each(['', 'My-Objective', 'a b', '../up', '@me/', 'a--b', '1st', 'a.b', 'x'.repeat(215)])(
  'refuses the name "%s"',
  async (name) => {
    const refused = await createPackage({ name, parent }).catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(CreateError);
    expect(refused).toMatchObject({ code: 'invalid-name', exit: 'usage' });
  },
);

test.each([
  ['a file', (path: string) => writeFileSync(path, 'mine')],
  ['a link that leads nowhere', (path: string) => symlinkSync('nowhere', path)],
])('refuses a name that %s has, and an empty folder is fine', async (_, make) => {
  make(join(parent, 'mine'));
  await expect(createPackage({ name: 'mine', parent })).rejects.toMatchObject({
    name: 'CreateError',
    code: 'folder-exists',
    message: expect.stringMatching(/mine exists and is not a folder\. Choose another name or place\.$/),
  });
  mkdirSync(join(parent, 'empty'));
  expect((await createPackage({ name: 'empty', parent })).files).toContain('src/empty.ts');
});

describe('npm create ais-objective', () => {
  async function run(...argv: string[]): Promise<{ status: number; out: string; error: string }> {
    const printed = { out: '', error: '' };
    const add = (stream: 'out' | 'error') => (text: string) => {
      printed[stream] += text;
    };
    const status = await main(argv, { out: add('out'), error: add('error') }, parent);
    return { status, ...printed };
  }

  test('says what was made, and what comes next', async () => {
    const { status, out } = await run('my-judge', '--template', 'judge');
    expect(status).toBe(0);
    expect(out).toMatch(/my-judge: \d+ files\n\n {2}cd .*my-judge\n {2}npm install\n {2}npm test\n/);
    expect(out).toContain('ais label --scorer my-judge#judge');
  });

  test.each([
    [[], /npm create ais-objective my-objective/],
    [['a', 'b'], /npm create ais-objective my-objective/],
    [['a', '--template', 'los'], /no template "los"\. Use one of: objective, family, source, judge/],
    [['a', '--colour'], /--colour/],
    [['A'], /"A" is not a name/],
  ])('%j is wrong usage, and nothing is written', async (argv, message) => {
    const { status, error } = await run(...argv);
    expect(status).toBe(2);
    expect(error).toMatch(message);
    expect(existsSync(join(parent, 'a'))).toBe(false);
  });

  test('writes over nothing', async () => {
    await run('mine');
    writeFileSync(join(parent, 'mine/README.md'), 'mine');
    const { status, error } = await run('mine');
    expect(status).toBe(1);
    expect(error).toMatch(/mine exists and is not empty/);
    expect(readFileSync(join(parent, 'mine/README.md'), 'utf8')).toBe('mine');
  });
});
