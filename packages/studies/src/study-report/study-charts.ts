import type { PolicyStudyData, StudyData } from '../study/study-data.js';
import { alphaCharts } from './alpha-charts.js';
import { equalKlChart, peakChart } from './comparison-charts.js';
import { epochCharts } from './epoch-charts.js';
import { mixtureCharts } from './mixture-charts.js';
import type { NamedChart } from './named-chart.js';
import { type StudySweep, studySweeps } from './study-lines.js';
import { tradeOffCharts } from './trade-off-charts.js';
import { trainingChart } from './training-charts.js';
import { weightCharts } from './weight-charts.js';

type Draw = (study: PolicyStudyData, sweeps: readonly StudySweep[]) => NamedChart[];

/** What each study draws, as the paper's figure does, and beside it what could hide. */
const drawings: Readonly<Record<PolicyStudyData['study'], Draw>> = {
  fig2: (study, sweeps) =>
    panels(sweeps, ({ method }) => method.objective).flatMap(([objective, own]) =>
      tradeOffCharts(study, own, { suffix: `-${objective}`, title: `, ${objective.toUpperCase()}` }),
    ),
  fig3: (study, sweeps) => epochCharts(study, sweeps),
  fig4: (study, sweeps) => epochCharts(study, sweeps),
  fig5: (study, sweeps) => [...tradeOffCharts(study, sweeps), ...peakChart(study, sweeps)],
  fig6: (study, sweeps) => [...tradeOffCharts(study, sweeps), ...equalKlChart(study, sweeps)],
  fig7: (study, sweeps) =>
    panels(sweeps, ({ method }) => method.objective).flatMap(([objective, own]) =>
      epochCharts(study, own, { suffix: `-${objective}`, title: `, ${objective.toUpperCase()}` }),
    ),
  fig8: (study, sweeps) => [...tradeOffCharts(study, sweeps, { frontier: false }), ...alphaCharts(study)],
  fig9: (study, sweeps) => [...tradeOffCharts(study, sweeps), ...equalKlChart(study, sweeps)],
  fig10: (study, sweeps) => [
    ...trainingChart(study, sweeps, 'loss'),
    ...trainingChart(study, sweeps, 'effectiveSampleSize'),
  ],
  fig11: (study, sweeps) => byData(study, sweeps),
  fig12: (study, sweeps) => [...tradeOffCharts(study, sweeps), ...equalKlChart(study, sweeps)],
  weights: (study, sweeps) => [
    ...weightCharts(study, sweeps),
    ...trainingChart(study, sweeps, 'effectiveSampleSize'),
    ...trainingChart(study, sweeps, 'meanWeight'),
  ],
  alternatives: (study, sweeps) => [...tradeOffCharts(study, sweeps), ...equalKlChart(study, sweeps)],
  behavior: (study, sweeps) => byData(study, sweeps),
};

/** The charts of a study; none where it has no run with every seed. */
export function studyCharts(study: StudyData): NamedChart[] {
  if (study.study === 'fig1') return mixtureCharts(study);
  const sweeps = studySweeps(study);
  return sweeps.length > 0 ? drawings[study.study](study, sweeps) : [];
}

function byData(study: PolicyStudyData, sweeps: readonly StudySweep[]): NamedChart[] {
  return panels(sweeps, ({ data }) => data).flatMap(([data, own]) =>
    epochCharts(study, own, { suffix: `-${data}`, title: `, ${data}` }),
  );
}

function panels(sweeps: readonly StudySweep[], key: (sweep: StudySweep) => string): [string, StudySweep[]][] {
  const names = [...new Set(sweeps.map(key))];
  return names.map((name) => [name, sweeps.filter((sweep) => key(sweep) === name)]);
}
