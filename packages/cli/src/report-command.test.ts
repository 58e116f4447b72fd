import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MixtureStudyData } from '@ais/studies/data';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { constructedRun, line } from '../../trainer/test/constructed-run.js';
import { capturedOutput } from '../test/captured-output.js';
import { runProgram } from './program.js';

let scratch: string;
const output = capturedOutput();

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ais-report-'));
});

afterEach(() => {
  rmSync(scratch, { recursive: true });
});

const loss = (alpha: number, values: readonly number[]) => ({
  alpha,
  sampled: values,
  expected: values,
  correlation: { sampled: 0.8, expected: 0.85 },
});

const study: MixtureStudyData = {
  study: 'fig1',
  scale: 'tiny',
  seeds: [1],
  command: 'ais study fig1',
  backend: 'cpu',
  versions: { node: process.versions.node },
  settings: { pairs: 200 },
  seconds: 0.1,
  mixture: {
    thetas: [-0.5, 0, 0.5],
    kl: [1.5, 1.2, 1.6],
    muWeighted: loss(0, [900, 400, 1000]),
    importanceWeighted: loss(1, [0.5, 0.3, 0.6]),
    smoothed: [loss(0.5, [0.4, 0.3, 0.5])],
    correlation: { muWeighted: 0.8, importanceWeighted: 0.8 },
  },
};

test('ais report draws the report of studies from their study.json, into their folder or another', async () => {
  mkdirSync(join(scratch, 'results', 'fig1'), { recursive: true });
  writeFileSync(join(scratch, 'results', 'fig1', 'study.json'), JSON.stringify(study));
  expect(await runProgram(['report', join(scratch, 'results'), '--json']), output.err).toBe(0);
  const { written } = JSON.parse(output.out) as { written: string[] };
  expect(written[0]).toBe(join(scratch, 'results', 'report.html'));
  expect(readFileSync(join(scratch, 'results', 'report.html'), 'utf8')).toContain('ais study fig1');
  expect(JSON.parse(readFileSync(join(scratch, 'results', 'claims.json'), 'utf8'))).toHaveLength(2);

  expect(
    await runProgram(['report', join(scratch, 'results'), '--out', join(scratch, 'docs')]),
    output.err,
  ).toBe(0);
  expect(readdirSync(join(scratch, 'docs')).sort()).toEqual([
    'README.md',
    'claims.json',
    'fig1',
    'report.html',
  ]);
  expect(JSON.parse(readFileSync(join(scratch, 'docs', 'fig1', 'study.json'), 'utf8'))).toEqual(study);
});

test('ais report puts studies of several folders on one page', async () => {
  const folders = ['fig1', 'weights'].map((name) => join(scratch, 'several', name));
  for (const folder of folders) mkdirSync(folder, { recursive: true });
  writeFileSync(join(folders[0]!, 'study.json'), JSON.stringify(study));
  const none = {
    study: 'weights',
    scale: 'tiny',
    source: 'synthetic',
    seeds: [1],
    command: '',
    backend: 'cpu',
    versions: {},
    settings: {},
    seconds: 0,
    runs: [],
    pairs: [],
    samples: [],
    weights: [],
  };
  const out = join(scratch, 'together');
  writeFileSync(join(folders[1]!, 'study.json'), JSON.stringify(none));
  expect(await runProgram(['report', ...folders, '--out', out])).toBe(1);
  expect(output.err).toContain('was written by an older version');
  writeFileSync(join(folders[1]!, 'study.json'), JSON.stringify({ ...none, stages: [] }));
  expect(await runProgram(['report', ...folders])).toBe(1);
  expect(output.err).toContain('--out');
  expect(await runProgram(['report', ...folders, '--out', out]), output.err).toBe(0);
  expect(readdirSync(out).sort()).toEqual(['README.md', 'claims.json', 'fig1', 'report.html', 'weights']);
  expect(await runProgram(['report', ...folders, folders[0]!, '--out', out])).toBe(2);
  expect(output.err).toContain('fig1 is both in');
});

test('a study.json that is broken ends with status 1 and names the file', async () => {
  writeFileSync(join(scratch, 'study.json'), '{"study":');
  expect(await runProgram(['report', scratch])).toBe(1);
  expect(output.err).toContain(join(scratch, 'study.json'));
  expect(readdirSync(scratch)).toEqual(['study.json']);
});

test('ais report says in words what a training run shows', async () => {
  const lines = constructedRun({
    train: { loss: [line(0.7, 0.6), 0.01] },
    evaluated: { eval_mean_length: line(20, 1) },
  });
  writeFileSync(join(scratch, 'config.json'), JSON.stringify({ stage: 'preference' }));
  writeFileSync(join(scratch, 'metrics.jsonl'), lines.map((own) => `${JSON.stringify(own)}\n`).join(''));
  expect(await runProgram(['report', scratch, '--json']), output.err).toBe(0);
  const said =
    'Responses collapse to nothing. The mean length in tokens fell from 20 (step 0) to 1 (step 120).';
  expect(output.err).toContain(`${scratch}: ${said} (docs/reading-a-run.md#empty-responses)`);
  expect(JSON.parse(output.out)).toMatchObject({
    written: [join(scratch, 'report.html')],
    runs: [{ folder: scratch, findings: [{ code: 'empty-responses', level: 'problem', step: 120 }] }],
  });
});
