import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvaluation } from '@ais/pipeline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redrawReport } from '../run/redraw-report.js';
import { studySummary } from '../study-report/study-summary.js';
import { compareRuns } from './compare-runs.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-compare-'));
});
afterEach(() => rm(folder, { recursive: true }));

const agreement = {
  ...{ eval_judge_agreement: 0.8125, eval_judge_agreement_low: 0.701, eval_judge_agreement_high: 0.893 },
  ...{ eval_judge_kappa: 0.625, eval_judge_pairs: 64 },
};

/** The folder of a finished run of `ais train`, evaluated at its start and its end. */
async function run(name: string, rate: number, metrics: Record<string, number>): Promise<string> {
  const directory = join(folder, name);
  await mkdir(join(directory, 'evaluations'), { recursive: true });
  const configuration = {
    configuration: {
      command: 'train',
      settings: { objective: 'dpo', beta: 0.1, source: 'x', scorer: 'openai:small' },
    },
  };
  await writeFile(join(directory, 'config.json'), JSON.stringify(configuration));
  await writeFile(join(directory, 'metrics.jsonl'), JSON.stringify({ step: 1, loss: 0.7, epoch: 1 }));
  for (const [step, fraction] of [
    [0, 0],
    [1, 1],
  ] as const) {
    const wins = fraction === 0 ? 0.5 : rate;
    const evaluation: RecordedEvaluation = {
      ...{ step, fraction },
      metrics: { eval_mean_length: 5, ...metrics },
      winRate: { rate: wins, low: wins - 0.1, high: wins + 0.1, n: 4, ties: 0 },
      outcomes: [1, 0, 1, 0],
      kl: { mean: fraction, standardError: 0.1 },
      responses: [5, 6, 5, 7].map((length, index) => ({
        ...{ id: `q${index}`, prompt: 'Why?', text: `So ${name}.`, reference: 'So.', referenceLength: 4 },
        ...{ length, finished: true },
      })),
    };
    await writeFile(join(directory, 'evaluations', `step-${step}.json`), JSON.stringify(evaluation));
  }
  return directory;
}

/** With ordinary spaces. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

describe('compareRuns', () => {
  it('has how far each run’s judge agrees with labels beside its win rate', async () => {
    const folders = [await run('labeled', 0.75, agreement), await run('plain', 0.6, {})];
    const summary = plain(studySummary(await compareRuns(folders))).split('\n');
    const row = (name: string): string[] =>
      (summary.find((line) => line.includes(` ${name} `)) ?? '').split('│').map((cell) => cell.trim());
    expect(row('method').at(-2)).toBe('judge agrees with labels');
    expect(row('labeled')[3]).toBe('75.0 %');
    expect(row('labeled').at(-2)).toBe('81.3 % of 64 (70.1 to 89.3), κ 0.63');
    expect(row('plain').at(-2)).toBe('–');
    const out = join(folder, 'comparison');
    await redrawReport([...folders], out);
    for (const page of ['report.html', 'README.md']) {
      expect(plain(await readFile(join(out, page), 'utf8'))).toContain('81.3 % of 64 (70.1 to 89.3)');
    }
  });

  it('has no such column where no judge was compared with labels', async () => {
    const folders = [await run('one', 0.75, {}), await run('other', 0.6, {})];
    expect(studySummary(await compareRuns(folders))).not.toContain('judge agrees');
  });
});
