import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { objectiveNames } from '@ais/pipeline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

/** A metric that is the objective's own. */
const ownMetrics: Readonly<Record<string, string>> = {
  simpo: 'rewards/margins',
  'alpha-po': 'rewards/margins',
  orpo: 'log_odds_ratio',
  'hy-po': 'reference/against',
  'weighted-sum': 'chosen-sft/loss',
  'humanline-dpo': 'humanline/clamped_chosen',
  'ais-dpo': 'weights/effective_sample_size',
  // What learns from samples of its own.
  ...Object.fromEntries(
    ['online-dpo', 'pairwise-policy-gradient', 'rebel', 'rloo', 'gspo', 'cispo', 'luspo'].map((name) => [
      name,
      'objective/scores',
    ]),
  ),
};

describe('two updates of each paper’s command, on text that is prepared once, and what it reports', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ais-papers-'));
    const small = [
      '--threads',
      '1',
      '--count',
      '60',
      '--vocabulary-size',
      '512',
      '--max-response-tokens',
      '24',
    ];
    const status = await runProgram([
      'data',
      'build',
      '--source',
      'synthetic',
      ...small,
      '--out',
      join(folder, 'text'),
      '--json',
    ]);
    expect(status).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(papers.map(({ command }, index) => [command, index] as const))(
    'ais %s',
    async (command, index) => {
      const out = join(folder, `${index}`);
      const words = command.split(' ').map((word) => (word === 'synthetic' ? join(folder, 'text') : word));
      const few = ['--steps', '2', '--batch-size', '4', '--micro-batch-size', '4', '--set', 'data.heldOut=8'];
      const ofTraining = ['--scorer', 'oracle', '--set', 'evaluation.points=0'];
      const more = words[0] === 'train' ? [...few, ...ofTraining] : few;
      const status = await runProgram([...words, ...more, '--out', out, '--json']);
      expect(status, output.err).toBe(0);
      const { steps, metrics } = JSON.parse(output.out) as { steps: number; metrics: { loss: number } };
      expect(steps).toBe(2);
      expect(Number.isFinite(metrics.loss)).toBe(true);
      const own = ownMetrics[/--objective (\S+)/.exec(command)?.[1] ?? ''];
      if (own !== undefined) expect(metrics).toHaveProperty([own]);
    },
  );
});

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
