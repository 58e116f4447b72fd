// docs/reference: commands and settings as the code has them now.
import { settingsJsonSchema } from '@ais/pipeline/settings';
import { studyFileJsonSchema, studyJsonSchema } from '@ais/studies/settings';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { expectUpToDate } from '../../../../tools/vitest/up-to-date.js';
import { createProgram } from '../../src/program.js';
import { commandReference } from './command-reference.js';
import { settingsReference, typeOf } from './settings-reference.js';

test('the page of the commands is up to date', () => {
  expectUpToDate('reference/commands.md', commandReference(createProgram()));
});

test('the page of the settings is up to date', () => {
  const schemas = {
    settings: settingsJsonSchema(),
    study: studyJsonSchema(),
    studyFile: studyFileJsonSchema(),
  };
  expectUpToDate('reference/settings.md', settingsReference(schemas));
});

test('a command has its usage, its arguments, and its options', () => {
  const program = new Command('ais')
    .description('Does.')
    .addCommand(
      new Command('cook')
        .description('Cooks a | b.')
        .argument('[what]', 'for <whom>')
        .option('--heat <number>', 'how hot', '200'),
    );
  const page = commandReference(program);
  expect(page).toContain('| [`ais cook`](#ais-cook) | Cooks a \\| b. |');
  expect(page).toContain('```text\nais cook [what] [options]\n```');
  expect(page).toContain('| `what` | for &lt;whom> |');
  expect(page).toContain('| `--heat <number>` | how hot (`200` by default) |');
});

test('types are told in words', () => {
  expect(typeOf({ type: 'integer', exclusiveMinimum: 0, maximum: Number.MAX_SAFE_INTEGER })).toBe(
    'integer > 0',
  );
  expect(typeOf({ type: 'number', minimum: 0, maximum: 1 })).toBe('number ≥ 0, ≤ 1');
  expect(typeOf({ anyOf: [{ const: 'none' }, { type: 'number' }] })).toBe('`none`, or number');
  expect(typeOf({ type: 'array', items: { enum: ['a', 'b'] } })).toBe('list of `a`, `b`');
});
