import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { runProgram } from './program.js';

let root: string;
let script: string;
let ran: string;
const output = capturedOutput();

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ais-strangers-'));
  script = join(root, 'theirs.mjs');
  ran = join(root, 'ran');
  writeFileSync(
    script,
    `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(ran)}, ''); export default {};`,
  );
});
afterAll(() => rmSync(root, { recursive: true }));

/** A folder as somebody else may have made it. */
function folder(name: string, file: string, content: object): string {
  mkdirSync(join(root, name));
  writeFileSync(join(root, name, file), JSON.stringify(content));
  return join(root, name);
}

test.each<[string, () => string[]]>([
  [
    'ais train --resume',
    () => {
      const configuration = { command: 'train', settings: { preset: 'tiny', objective: script } };
      return ['train', '--resume', '--out', folder('run', 'config.json', { configuration })];
    },
  ],
  [
    'ais study --resume',
    () => ['study', '--resume', '--out', folder('study', 'config.json', { name: script, settings: [] })],
  ],
  [
    'ais report',
    () => {
      const study = { study: 'theirs', file: script, runs: [], stages: [] };
      return ['report', folder('report', 'study.json', study)];
    },
  ],
])('%s runs no code that a folder names', async (_, argv) => {
  const given = argv();
  expect(await runProgram(given)).toBe(2);
  expect(output.err).toMatch(
    /names code or a server that this would use: .*theirs\.mjs.* --allow .*theirs\.mjs/,
  );
  expect(existsSync(ran)).toBe(false);
  // Allowed, the folder is wrong in another way.
  output.err = '';
  expect(await runProgram([...given, '--allow', script])).not.toBe(0);
  expect(output.err).not.toBe('');
  expect(output.err).not.toContain('names code or a server');
  rmSync(ran, { force: true });
});
