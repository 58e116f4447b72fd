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

/** A folder from an external source. */
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
    /names code, a server, or a file to write that this would use: .*theirs\.mjs.* --allow .*theirs\.mjs/,
  );
  expect(existsSync(ran)).toBe(false);
  // Allowed, the folder is wrong in another way.
  output.err = '';
  expect(await runProgram([...given, '--allow', script])).not.toBe(0);
  expect(output.err).not.toBe('');
  expect(output.err).not.toContain('names code, a server');
  rmSync(ran, { force: true });
});

test.each<[string, () => string[], string]>([
  [
    'ais label --resume',
    () => {
      const out = join(root, 'label.jsonl');
      const settings = { scorer: 'openai:small', api: { cache: join(root, 'ran') } };
      writeFileSync(
        `${out}.partial`,
        `${JSON.stringify({ work: 'a', inputs: { command: 'label', settings } })}\n`,
      );
      return ['label', '--resume', '--out', out];
    },
    'api.cache',
  ],
  [
    'ais study --resume',
    () => {
      const study = { name: 'fig3', settings: [], backend: 'wasm', store: join(root, 'ran'), commands: {} };
      return ['study', '--resume', '--out', folder('stored', 'config.json', study)];
    },
    'store',
  ],
])('%s writes nowhere that a folder names', async (_, argv, key) => {
  expect(await runProgram(argv())).toBe(2);
  expect(output.err).toMatch(
    new RegExp(`names code, a server, or a file to write that this would use: ${key} .*ran.* --allow .*ran`),
  );
  expect(existsSync(ran)).toBe(false);
});
