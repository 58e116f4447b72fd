import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { runProgram } from './program.js';

let scratch: string;
const output = capturedOutput();

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ais-cli-'));
});

afterEach(() => {
  rmSync(scratch, { recursive: true });
});

const study = (...argv: string[]): Promise<number> =>
  runProgram(['study', ...argv, '--out', join(scratch, 'out'), '--store', join(scratch, 'store')]);

test('ais study fig1 --json gives the two correlations, and all data', async () => {
  expect(await study('fig1', '--json')).toBe(0);
  const { correlation, mixture, command } = JSON.parse(output.out);
  expect(correlation.muWeighted).toBeCloseTo(0.2, 1);
  expect(correlation.importanceWeighted).toBeGreaterThan(0.7);
  expect(mixture.muWeighted.sampled).toHaveLength(mixture.thetas.length);
  expect(command).toBe('ais study fig1 --scale tiny --seeds 1');
  expect(readdirSync(join(scratch, 'out', 'fig1')).sort()).toEqual(
    expect.arrayContaining(['points.csv', 'study.json']),
  );
});

describe('a dry run', () => {
  test('lists settings and stages, and writes nothing', async () => {
    expect(await study('fig2', '--scale', 'paper', '--seeds', '2', '--dry-run', '--json')).toBe(0);
    const { studies, stages, unknown } = JSON.parse(output.out);
    expect(studies[0].policy).toEqual({ pretrained: 'EleutherAI/pythia-1b-deduped' });
    // The corpus, two SFT models and the gold model; of each seed D1 and 16 runs.
    expect(stages).toHaveLength(1 + 2 + 1 + 2 * (1 + 16));
    expect(unknown).toBe(stages.length);
    expect(readdirSync(scratch)).toEqual([]);
  });

  test('of all studies names each shared stage once', async () => {
    expect(await study('all', '--dry-run')).toBe(0);
    const stages = output.out.split('\n').filter((line) => line.startsWith('due '));
    expect(new Set(stages).size).toBe(stages.length);
    expect(stages.filter((line) => line.includes(' DPO, β 0.01, D1, seed 1 '))).toHaveLength(1);
  });

  test('has settings from a file and from flags over those of the preset', async () => {
    const file = join(scratch, 'study.yaml');
    writeFileSync(file, 'preference: { learningRate: 3.0e-5, batchSize: 8 }\n');
    const set = ['--config', file, '--set', 'preference.batchSize=4'];
    expect(await study('fig3', ...set, '--dry-run', '--json')).toBe(0);
    expect(JSON.parse(output.out).studies[0].preference).toMatchObject({
      learningRate: 3e-5,
      batchSize: 4,
      epochs: 1,
    });
  });
});

describe('wrong usage ends with status 2, says what is possible, and writes nothing', () => {
  test.each<[string[], RegExp]>([
    [[], /Name a study: fig1, /],
    [['fig13'], /no study "fig13".*fig12, weights/],
    [['fig2', '--scale', 'huge'], /no scale "huge".*tiny, small, paper/],
    [['fig2', '--set', 'preference.learningRate=fast'], /preference\.learningRate/],
    [['fig2', '--learning-rates', '1e-4'], /belongs to a search/],
    [['search', '--learning-rates', '1e-4,fast'], /Expected a number, got "fast"/],
    [['fig2', '--resume'], /holds no study to resume/],
    [['fig2', '--processes', '0'], /--processes must be at least 1, got 0/],
    [['fig2', '--config', '/none.yaml'], /none\.yaml.*cannot be read/],
  ])('ais study %j', async (argv, message) => {
    expect(await study(...argv)).toBe(2);
    expect(output.err).toMatch(message);
    expect(readdirSync(scratch)).toEqual([]);
  });
});

test('a folder resumes the study that it was started with, and takes no other', async () => {
  expect(await study('fig1')).toBe(0);
  expect(await study('fig1', '--set', 'pairs=500')).toBe(2);
  expect(output.err).toMatch(/another study, or this one with other settings/);
  rmSync(join(scratch, 'out', 'fig1'), { recursive: true });
  expect(await study('--resume')).toBe(0);
  expect(JSON.parse(readFileSync(join(scratch, 'out', 'fig1', 'study.json'), 'utf8')).seeds).toEqual([1]);
});
