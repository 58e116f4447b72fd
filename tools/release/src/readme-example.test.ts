import { fileURLToPath } from 'node:url';
import { publishedPackages } from '@ais/registry';
import { expect, test } from 'vitest';
import { missingLine, parseReadme, readmeExample } from './readme-example.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test('takes the first commands and the first program, with what it prints', () => {
  const readme = [
    '# A',
    '```sh',
    'npm install a',
    '```',
    '```ts',
    'console.log(1); // 1',
    'console.log(2);',
    'console.log([3]); // [ 3 ]',
    '```',
    '```ts',
    'console.log(4); // 4',
    '```',
  ].join('\n');
  const { commands, program, printed } = parseReadme(readme, 'a');
  expect(commands).toBe('npm install a\n');
  expect(program).toContain('console.log(2)');
  expect(program).not.toContain('4');
  expect(printed).toEqual(['1', '[ 3 ]']);
});

test('takes the command for pnpm where a README gives one', () => {
  const npm = '```sh\nnpm install a\n```\n';
  expect(parseReadme(npm, 'a').pnpm).toBeNull();
  expect(parseReadme(`${npm}\n\`\`\`sh\npnpm add '--allow-build=!b' a\n\`\`\`\n`, 'a').pnpm).toBe(
    "pnpm add '--allow-build=!b' a",
  );
});

test('refuses a README that does not say how to install', () => {
  expect(() => parseReadme('# A\n```sh\nais doctor\n```\n', 'packages/a')).toThrow('packages/a: ');
});

test('finds printed lines in order, among others', () => {
  expect(missingLine('a\nnoise\n b \n', ['a', 'b'])).toBeUndefined();
  expect(missingLine('b\na\n', ['a', 'b'])).toBe('b');
  expect(missingLine('a\n', ['a', 'a'])).toBe('a');
});

test('every README of a package installs that package and all that its first program imports', async () => {
  for (const { name, directory } of await publishedPackages(root)) {
    const { commands, program } = await readmeExample(directory);
    const installed = commands
      .split('\n')
      .flatMap((line) =>
        line.startsWith('npm install ') ? line.replace(/#.*/, '').split(/\s+/).slice(2) : [],
      );
    expect(installed, name).toContain(name);
    const imports = [...(program ?? '').matchAll(/(?:from|import) '((?:@[^/']+\/)?[^/']+)[^']*'/g)];
    const missing = imports
      .map(([, imported = '']) => imported)
      .filter((imported) => !imported.startsWith('node:') && !installed.includes(imported));
    expect(missing, name).toEqual([]);
  }
});
