import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { capturedOutput } from '../../test/captured-output.js';
import { createProgram, runProgram } from '../program.js';
import { bashCompletion } from './bash.js';
import { commandTree } from './command-tree.js';
import { fishCompletion } from './fish.js';
import { zshCompletion } from './zsh.js';

const tree = commandTree(createProgram());

describe('in bash', () => {
  /** The words that bash would offer for the last of these words. */
  function offered(...words: string[]): string[] {
    const script = `${bashCompletion(tree)}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _ais; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((word) => word !== '');
  }

  test.each([
    [['ais', 'do'], ['doctor']],
    [
      ['ais', 'data', 'i'],
      ['inspect', 'import'],
    ],
    [['ais', 'train', '--learn'], ['--learning-rate']],
    [
      ['ais', 'train', '--backend', 'w'],
      ['webgpu', 'wasm'],
    ],
    [
      ['ais', 'sft', '--preset', 'tiny', '--schedule', ''],
      ['constant', 'linear', 'cosine'],
    ],
    [
      ['ais', 'completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['ais', 'model', 'export', 'runs/a', '--to', 'g'], ['gguf']],
    // Bash offers files then.
    [['ais', 'train', '--pairs', 'do'], []],
    [['ais', 'report', 'runs/'], []],
  ])('%j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

test('every command and option is in the script of each shell', () => {
  const scripts = [bashCompletion(tree), zshCompletion(tree), fishCompletion(tree)];
  expect(tree.length).toBeGreaterThan(20);
  for (const { commands, options } of tree) {
    for (const { name } of [...commands, ...options])
      for (const script of scripts) expect(script).toContain(name);
  }
});

test.each([
  ['zsh', zshCompletion(tree)],
  ['fish', fishCompletion(tree)],
])('quotes in the script for %s are balanced, and nothing in it is a placeholder', (_, script) => {
  expect(script).not.toMatch(/undefined|\[object|NaN/);
  // What a shell's own quotes leave: an odd number of quotes would open a string that never ends.
  const unescaped = script.replaceAll("'\\''", '').replaceAll("\\'", '').replaceAll('\\\\', '');
  expect((unescaped.match(/'/g) ?? []).length % 2).toBe(0);
});

describe('in zsh', () => {
  test('the file of the fpath completes when it is first run, and only registers when it is sourced', () => {
    expect(zshCompletion(tree)).toMatch(
      /\nif \[\[ \$\{zsh_eval_context\[-1\]\} == loadautofunc \]\]; then\n {2}_ais "\$@"\nelse\n {2}compdef _ais ais\nfi\n$/,
    );
  });

  const found = spawnSync('zsh', ['--version']).status === 0;
  test.skipIf(!found)('offers commands at the first and the second time', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ais-completion-'));
    try {
      writeFileSync(join(folder, '_ais'), zshCompletion(tree));
      // Stands in for the completion system, which needs a terminal.
      const script = `compdef() { print -r -- "registers $*" }
_describe() { print -rl -- "\${(@)\${(P)argv[-1]}%%:*}" | grep '^do' }
words=(ais do) CURRENT=2 fpath=('${folder}')
autoload -Uz _ais; _ais; _ais; source '${join(folder, '_ais')}'`;
      const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8' });
      expect({ stdout, stderr }).toEqual({ stdout: 'doctor\ndoctor\nregisters _ais ais\n', stderr: '' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('ais completion', () => {
  const output = capturedOutput();

  test('prints a script', async () => {
    expect(await runProgram(['completion', 'bash'])).toBe(0);
    expect(output.out).toBe(bashCompletion(tree));
  });

  test('names the shells that it knows', async () => {
    expect(await runProgram(['completion', 'tcsh'])).toBe(2);
    expect(output.err).toMatch(/Allowed choices are bash, zsh, fish/);
  });
});

test('the script for bash is loaded without a word', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ais-completion-'));
  try {
    writeFileSync(join(folder, 'ais'), bashCompletion(tree));
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['-c', `. '${join(folder, 'ais')}'; . '${join(folder, 'ais')}'; complete -p ais`],
      {
        encoding: 'utf8',
      },
    );
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: 'complete -o default -F _ais ais\n',
      stderr: '',
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
