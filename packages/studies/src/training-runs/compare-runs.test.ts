import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
  eval_judge_agreement: 0.8125,
  eval_judge_agreement_low: 0.701,
  eval_judge_agreement_high: 0.893,
  eval_judge_kappa: 0.625,
  eval_judge_pairs: 64,
};

/** The folder of a finished run of `ais train`, evaluated at its start and its end, by a judge unless there is no win rate. */
async function run(
  name: string,
  rate: number | undefined,
  metrics: Record<string, number> = {},
  seed = 7,
): Promise<string> {
  const directory = join(folder, name);
  await mkdir(join(directory, 'evaluations'), { recursive: true });
  const configuration = {
    seed,
    configuration: {
      command: 'train',
      settings: {
        objective: 'dpo',
        beta: 0.1,
        source: 'x',
        ...(rate !== undefined && { scorer: 'openai:small' }),
      },
    },
  };
  await writeFile(join(directory, 'config.json'), JSON.stringify(configuration));
  await writeFile(
    join(directory, 'metrics.jsonl'),
    JSON.stringify({ event: 'train', step: 1, loss: 0.7, epoch: 1 }),
  );
  for (const [step, fraction] of [
    [0, 0],
    [1, 1],
  ] as const) {
    const wins = fraction === 0 ? 0.5 : (rate ?? 0);
    const evaluation: RecordedEvaluation = {
      step,
      fraction,
      metrics: { eval_mean_length: 5, ...metrics },
      ...(rate !== undefined && {
        winRate: { rate: wins, low: wins - 0.1, high: wins + 0.1, n: 4, ties: 0 },
        outcomes: [1, 0, 1, 0],
      }),
      kl: { mean: fraction, standardError: 0.1 },
      responses: [5, 6, 5, 7].map((length, index) => ({
        id: `q${index}`,
        prompt: 'Why?',
        text: `So ${name}.`,
        reference: 'So.',
        referenceLength: 4,
        length,
        finished: true,
        ...(rate !== undefined && { reward: index }),
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

  it('shows what each run answers, after its own seed', async () => {
    const out = join(folder, 'comparison');
    await redrawReport([await run('one', 0.75), await run('other', 0.6)], out);
    const [page, readme] = await pages(out);
    expect(page).toContain('Samples side by side, seed 7');
    expect(readme).toContain('Answers of seed 7, with their gold rewards, to prompts');
    for (const text of [page, readme]) {
      expect(text).toContain('So one.');
      expect(text).toContain('So other.');
    }
    expect(readme).toContain('| one | So one. (0.00) | So one. (1.00) |');
  });

  it('has seeds that differ, and no scale', async () => {
    const out = join(folder, 'comparison');
    await redrawReport([await run('one', 0.75, {}, 7), await run('other', 0.6, {}, 9)], out);
    const [page, readme] = await pages(out);
    expect(readme).toContain('| one | 0.1 | 75.0 % |');
    expect(readme).toContain('| other | 0.1 | 60.0 % |');
    expect(readme).toContain('| seed of other | 9 |');
    expect(readme).toContain('Answers of seeds 7, 9,');
    expect(readme).toContain('one seed; the luck of training is not in them');
    for (const text of [page, readme]) {
      expect(text).not.toContain('Left out');
      expect(text).not.toMatch(/\bscale\b.*tiny/);
    }
    const data = JSON.parse(await readFile(join(out, 'study.json'), 'utf8'));
    expect(data.seeds).toEqual([7, 9]);
    expect(data.runs.map(({ seed }: { readonly seed: number }) => seed)).toEqual([7, 9]);
    expect(data).not.toHaveProperty('scale');
  });

  it('draws the losses and shows the answers of runs without a judge, and says what they lack', async () => {
    const out = join(folder, 'comparison');
    await redrawReport([await run('one', undefined), await run('other', undefined)], out);
    expect(await readdir(out)).toContain('comparison-loss.svg');
    for (const text of await pages(out)) {
      expect(text).toContain('So one.');
      expect(text).toContain(
        'no judge compared their answers (--scorer of ais train names one): one; other.',
      );
      expect(text).not.toMatch(/not every seed|gold reward/);
    }
  });

  it('has the win rates of those runs that a judge compared', async () => {
    const out = join(folder, 'comparison');
    await redrawReport([await run('judged', 0.75), await run('plain', undefined)], out);
    expect(await readdir(out)).toContain('comparison-win-rate-along-epoch.svg');
    const [, readme] = await pages(out);
    expect(readme).toContain('| judged | 0.1 | 75.0 % |');
    expect(readme).toContain('names one): plain.');
    expect(readme).toContain('| plain | So plain. | So plain. |');
    expect(await readFile(join(out, 'comparison-loss.csv'), 'utf8')).toMatch(/judged[\s\S]*plain/);
  });

  it('prints a command that makes it again, and is drawn again from its data', async () => {
    const runs = [await run('one', 0.75), await run('other', undefined)];
    const out = join(folder, 'comparison');
    await redrawReport(runs, out);
    const before = await pages(out);
    expect(before[1]).toContain(`ais report ${runs.join(' ')} --out ${out}`);
    await redrawReport([out]);
    expect(await pages(out)).toEqual(before);
    await redrawReport([out], join(folder, 'elsewhere'));
    expect(await readdir(join(folder, 'elsewhere'))).toContain('comparison');
  });

  it('takes each run once', async () => {
    const one = await run('one', 0.75);
    await expect(compareRuns([one, `${one}/`])).rejects.toThrow(
      `${one}/ is named twice. Name each run once.`,
    );
  });
});

/** The page and the Markdown in a folder. */
function pages(out: string): Promise<string[]> {
  return Promise.all(
    ['report.html', 'README.md'].map(async (page) => plain(await readFile(join(out, page), 'utf8'))),
  );
}
