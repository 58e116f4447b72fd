import { epochCharts } from '../charts/epoch-charts.js';
import { tradeOffCharts } from '../charts/trade-off-charts.js';
import { trainingChart } from '../charts/training-charts.js';
import type { PolicyStudyData, StudyData } from '../data/study-data.js';
import { methodPositions, type StudySweep } from '../measures/study-lines.js';
import type { PolicyStudy } from '../study/study.js';

/** Training runs beside each other, as a study has methods. */
export const runComparison: PolicyStudy = {
  name: 'comparison',
  title: 'Training runs compared',
  runs: [],
  charts: (study, judged) => {
    // Each run has one seed of its own, so there is no spread over seeds.
    const single = { ...study, seeds: study.seeds.slice(0, 1) };
    return [
      ...(judged.length > 0 ? [...epochCharts(single, judged), ...tradeOffCharts(single, judged)] : []),
      ...trainingChart(single, comparedSweeps(study), 'loss'),
    ];
  },
  claims: [],
};

/** Whether data are those of training runs side by side, and not of a study of that name. */
export function isRunComparison({ study, file }: Pick<StudyData, 'study' | 'file'>): boolean {
  return study === runComparison.name && file === undefined;
}

/** Each of the runs by itself, whatever its seed, those without win rates too. */
export function comparedSweeps(study: PolicyStudyData): StudySweep[] {
  const positions = methodPositions(study);
  return study.runs.map((run, index) => {
    const { method, beta, data } = run;
    return {
      method,
      data,
      title: method.title,
      confidence: 0.95,
      planned: [beta],
      isPlanKnown: true,
      position: positions.get(method.title) ?? index,
      lines: [{ method, beta, data, runs: [run] }],
    };
  });
}
