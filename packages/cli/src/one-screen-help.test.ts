import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { createProgram, runProgram } from './program.js';

const output = capturedOutput();

function pathsOf(command: Command, path: readonly string[] = []): (readonly string[])[] {
  return [path, ...command.commands.flatMap((child) => pathsOf(child, [...path, child.name()]))];
}

const paths = pathsOf(createProgram());

test.each([...paths, ['welcome']].map((path) => [path.join(' '), path] as const))(
  'ais %s --help fits one screen of 40 lines and 80 columns',
  async (name, path) => {
    expect(await runProgram(name === 'welcome' ? [] : [...path, '--help'])).toBe(0);
    const lines = output.out.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(name === 'welcome' ? 24 : 40);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  },
);

test('without arguments, says what it is and what to do first, with commands that exist', async () => {
  expect(await runProgram([])).toBe(0);
  expect(output.out).toMatch(/^ais \d+\.\d+\.\d+\S* aligns language models with preference pairs/);
  const commands = [...output.out.matchAll(/^ {2}ais ([a-z]+)/gm)].map(([, name]) => name);
  const known = createProgram().commands.map((command) => command.name());
  expect(commands.length).toBeGreaterThan(5);
  expect(commands.filter((name) => !known.includes(name ?? ''))).toEqual([]);
});

test('the short help of a command with many options says where the others are', async () => {
  await runProgram(['train', '--help']);
  expect(output.out).toMatch(/--help-all +show every option/);
  expect(output.out).toMatch(/^Objective:\n {2}--objective <name> +dpo, ais-dpo/m);
  expect(output.out).not.toContain('--judge-mode');
});

test('--help-all has every option, in full', async () => {
  expect(await runProgram(['train', '--help-all'])).toBe(0);
  const train = createProgram().commands.find((command) => command.name() === 'train');
  for (const { long } of train?.options ?? []) expect(output.out).toContain(`${long}`);
  expect(output.out.replace(/\s+/g, ' ')).toContain(
    'β, the strength of the KL regularization; 2 by default for simpo',
  );
});

test('an option that only the full help has is still found by a likeness', async () => {
  expect(await runProgram(['train', '--judge-mod', 'x'])).toBe(2);
  expect(output.err).toMatch(/^ais: unknown option '--judge-mod'\n\(Did you mean --judge-mode\?\)/);
  expect(output.err).toContain('Run ais train --help for usage.');
});
