import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { objectiveNames } from '@ais/pipeline';
import { expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { papers, papersPage } from '../test/papers.js';
import { runProgram } from './program.js';

const output = capturedOutput();
const page = fileURLToPath(new URL('../../../docs/objectives/papers.md', import.meta.url));

test.each(papers.map(({ paper, command }) => [paper, command] as const))(
  '%s has a command: ais %s',
  async (_, command) => {
    const status = await runProgram([...command.split(' '), '--backend', 'cpu', '--dry-run', '--json']);
    expect(status, output.err).toBe(0);
    const { settings } = JSON.parse(output.out) as { settings: { objective?: string } };
    expect(settings.objective).toBe(/--objective (\S+)/.exec(command)?.[1]);
  },
);

test('papers have most objectives, each paper once', () => {
  expect(new Set(papers.map(({ paper }) => paper)).size).toBe(papers.length);
  const shown = new Set(papers.map(({ command }) => /--objective (\S+)/.exec(command)?.[1]));
  // Of papers that have several, one is enough; the last is no paper's.
  const siblings = ['squared', 'exponential', 'savage', 'aot-unpaired', 'apo-down', 'chosen-sft'];
  expect(objectiveNames.filter((name) => !shown.has(name) && !siblings.includes(name))).toEqual([]);
});

test('docs/objectives/papers.md is what the table says', () => {
  if (process.env['UPDATE_DOCS']) writeFileSync(page, papersPage());
  const remedy =
    'docs/objectives/papers.md is stale; run UPDATE_DOCS=1 npx vitest run packages/cli/src/papers.test.ts';
  expect(existsSync(page) && readFileSync(page, 'utf8'), remedy).toBe(papersPage());
});
