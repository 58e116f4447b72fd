// docs/migrate-from-trl.md: what it calls ours exists, as a setting, an option, an export, or a metric.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { settingsJsonSchema } from '@ais/pipeline/settings';
import { expect, test } from 'vitest';
import { createProgram } from '../../src/program.js';
import type { Schema } from './settings-reference.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const page = readFileSync(join(root, 'docs/migrate-from-trl.md'), 'utf8');

/** The names in code of one column of the tables below a heading, TRL's being column 0. */
function namesIn(heading: string, column: number): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| (.*) \|$/gm)]
    .map(([, row = '']) => row.split(' | ')[column] ?? '')
    .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

function hasSetting(schema: Schema | undefined, path: readonly string[]): boolean {
  const [key, ...rest] = path;
  if (schema === undefined) return false;
  if (key === undefined) return true;
  return hasSetting(schema.properties?.[key], rest);
}

const settings = namesIn('Settings', 1);
const schema: Schema = settingsJsonSchema();

test.each(settings.filter((name) => !name.startsWith('--')))('the setting %s', (name) => {
  expect(hasSetting(schema, name.split('.'))).toBe(true);
});

test.each(settings.filter((name) => name.startsWith('--')))('the option %s', (flag) => {
  const train = createProgram().commands.find((command) => command.name() === 'train');
  expect(train?.options.map(({ long }) => long)).toContain(flag);
});

const code = readdirSync(join(root, 'packages'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /^[^/]+\/src\/.*(?<!\.test)\.ts$/.test(file))
  .map((file) => readFileSync(join(root, 'packages', file), 'utf8'))
  .join('\n');

test.each(namesIn('Trainers', 2))('the function %s', (name) => {
  expect(code).toMatch(new RegExp(`export (async )?function ${name}\\b`));
});

test.each(namesIn('Metrics', 1))('the metric %s', (name) => {
  expect(code).toMatch(new RegExp(`['"\`]${name}['"\`]|\\b${name}[:,]`));
});

test('the tables are read', () => {
  expect(settings.length).toBeGreaterThan(30);
  expect(hasSetting(schema, ['training', 'learningSpeed'])).toBe(false);
});
