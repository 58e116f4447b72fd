import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { builtProgram } from '../test/built-program.js';

const ais = `"${process.execPath}" "${builtProgram}"`;

/** Runs a line of the shell in which `ais` is the program. */
function shell(line: string): { status: number | null; stdout: string; stderr: string } {
  const options = { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } } as const;
  const { status, stdout, stderr } = spawnSync(
    '/bin/bash',
    ['-c', line.replaceAll('ais ', `${ais} `)],
    options,
  );
  return { status, stdout, stderr };
}

describe.skipIf(!existsSync('/bin/bash'))('a process whose output cannot be written', () => {
  test('a reader that has read enough is no failure, and nothing is said', () => {
    expect(shell('ais model list --json | true; echo $PIPESTATUS')).toEqual({
      status: 0,
      stdout: '0\n',
      stderr: '',
    });
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk behind standard output is told in a sentence', () => {
    const { status, stderr } = shell('ais model list > /dev/full');
    expect(stderr).toMatch(/^ais: The disk of standard output is full\..*\n$/);
    expect(status).toBe(1);
  });

  test('a reader of standard error that has gone does not end the work', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ais-pipes-'));
    try {
      const build = `ais data build --source synthetic --count 60 --vocabulary-size 300 --json --out ${folder}/set`;
      expect(shell(`${build} 2> >(head -n 1 > /dev/null) > ${folder}/answer; echo $?`).stdout).toBe('0\n');
      expect(existsSync(join(folder, 'set', 'manifest.json'))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.skipIf(!existsSync('/dev/full'))('errors that cannot be printed leave the exit status', () => {
    expect(shell('ais model list --nonsense 2> /dev/full').status).toBe(2);
  });
});
