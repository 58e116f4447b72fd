import { expect, test } from 'vitest';
import { examplePolicyStudy } from '../../test/example-study-data.js';
import type { PolicyStudyData } from '../data/study-data.js';
import { studySweeps } from '../measures/study-lines.js';
import { alphaCharts } from './alpha-charts.js';
import { equalKlChart, peakChart } from './comparison-charts.js';
import { epochCharts } from './epoch-charts.js';
import { tradeOffCharts } from './trade-off-charts.js';
import { trainingChart } from './training-charts.js';

const draws = [
  alphaCharts,
  equalKlChart,
  peakChart,
  epochCharts,
  tradeOffCharts,
  (study: PolicyStudyData, sweeps: ReturnType<typeof studySweeps>) => trainingChart(study, sweeps, 'loss'),
];

/** All words of a study's charts. */
function words(study: PolicyStudyData): string {
  const sweeps = studySweeps(study);
  return JSON.stringify(draws.flatMap((draw) => draw(study, sweeps)));
}

const withSettings = (name: string, settings: PolicyStudyData['settings']): PolicyStudyData => {
  const study = examplePolicyStudy(name, { prompts: 20, evaluations: 2, seeds: [1] });
  return { ...study, settings: { ...study.settings, ...settings } };
};

test.each(['fig2', 'fig6', 'fig8'])(
  'no chart of %s names an SFT model or references that it lacks',
  (name) => {
    const usual = words(withSettings(name, {}));
    expect(usual).toContain('SFT model');
    expect(usual).toContain('reference summaries');
    const start = words(withSettings(name, { 'evaluation.against': 'start', 'corpus.supervised': 0 }));
    expect(start).toContain('√KL from the starting model');
    expect(start).toContain('win rate against the starting model’s responses');
    expect(start).not.toMatch(/SFT|reference summaries/);
  },
);

test('a chart in a panel has a name and a title of its own', () => {
  const study = withSettings('fig2', {});
  const sweeps = studySweeps(study);
  const panel = { suffix: '-panel', title: ', panel' };
  const charts = [
    ...epochCharts(study, sweeps, panel),
    ...equalKlChart(study, sweeps, panel),
    ...peakChart(study, sweeps, panel),
    ...tradeOffCharts(study, sweeps, panel),
    ...trainingChart(study, sweeps, 'loss', panel),
  ];
  for (const { name, chart } of charts)
    expect([name, chart.title]).toEqual([
      expect.stringMatching(/-panel$/),
      expect.stringMatching(/, panel$/),
    ]);
  expect(charts.length).toBeGreaterThan(8);
});
