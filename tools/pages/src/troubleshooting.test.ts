// docs/troubleshooting.md quotes messages: they are those of the code.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { useBackend } from '@ais/runtime';
import { expect, test } from 'vitest';
import { runExample } from '../../vitest/documented-examples.js';
import { root } from './follow-page.js';

/** The parts of a page's quoted messages between what varies, which is written as …. */
export function quotedParts(page: string): string[] {
  return [...page.matchAll(/^> (.*)$/gm)].flatMap(([, quote = '']) =>
    quote
      .split('…')
      .map((part) => part.trim())
      .filter((part) => part.length > 3),
  );
}

const core = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core/package.json'));
const sources = [
  ...readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name, 'src')),
  join(core, 'dist'),
].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(?<!\.test|\.d)\.ts$|(engine|gradients|tape)\.js$/.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8')),
);
/** Strings that continue on the next line are one. */
const code = sources.join('\n').replace(/['`] \+\s*['`]/g, '');

const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
const parts = quotedParts(page);

test.each(parts)('%s', (part) => {
  expect(code.includes(part)).toBe(true);
});

test('a page quotes by lines', () => {
  expect(parts.length).toBeGreaterThan(10);
  expect(quotedParts('text\n> A … was … not found.\n')).toEqual(['not found.']);
});

test('its snippet runs', async () => {
  const [, snippet = ''] = /```ts\n(.*?)```/s.exec(page) ?? [];
  const [line] = await runExample(snippet, { useBackend: () => useBackend('wasm') });
  expect(line).toMatch(/^wasm \[/);
});
