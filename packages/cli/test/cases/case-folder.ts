import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { runProgram } from '../../src/program.js';
import { capturedOutput } from '../captured-output.js';

/** The outcome of a command: its exit status, the object that it printed, and what it said. */
export interface Ran {
  readonly status: number;
  readonly answer: Record<string, unknown>;
  readonly said: string;
}

export interface CaseFolder {
  /** The path of something in the folder. */
  at(...parts: string[]): string;
  /** Writes a file of the folder: rows as JSON Lines, or what is given; returns its path. */
  write(name: string, content: readonly object[] | string): string;
  /** Runs `ais` in this process. */
  ais(...argv: string[]): Promise<Ran>;
  /** Runs `ais`, and throws unless it succeeds. */
  answer(...argv: string[]): Promise<Record<string, unknown>>;
}

/** A folder for the tests of a file, and the command line. */
export function caseFolder(): CaseFolder {
  const output = capturedOutput();
  let root = '';
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'ais-cases-'));
  });
  afterAll(() => rmSync(root, { recursive: true }));
  const folder: CaseFolder = {
    at: (...parts) => join(root, ...parts),
    write: (name, content) => {
      const text =
        typeof content === 'string' ? content : content.map((row) => `${JSON.stringify(row)}\n`).join('');
      writeFileSync(folder.at(name), text);
      return folder.at(name);
    },
    ais: async (...argv) => {
      output.out = '';
      output.err = '';
      const status = await runProgram([...argv, '--json']);
      const answer = output.out === '' ? {} : (JSON.parse(output.out) as Record<string, unknown>);
      return { status, answer, said: output.err };
    },
    answer: async (...argv) => {
      const { status, answer, said } = await folder.ais(...argv);
      if (status !== 0) throw new Error(`ais ${argv.join(' ')} ended with ${status}: ${said}`);
      return answer;
    },
  };
  return folder;
}

/** A file of `fixtures/cases`, which `make-cases.py` writes. */
export const input = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/cases/${name}`, import.meta.url));
