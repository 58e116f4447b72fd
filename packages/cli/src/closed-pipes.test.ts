import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

// The built command, which starts at once; `pnpm test` builds it.
const program = fileURLToPath(new URL('../dist/bin.js', import.meta.url));
const ais = `"${process.execPath}" "${program}"`;

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

  test.skipIf(!existsSync('/dev/full'))('errors that cannot be printed leave the exit status', () => {
    expect(shell('ais model list --nonsense 2> /dev/full').status).toBe(2);
  });
});
