import { decimal, duration, percent } from '../report/number-format.js';
import type { StudyData } from '../study/study-data.js';

/** Under what circumstances a study was made, by name. */
export function studyFacts(study: StudyData): [string, string][] {
  const { gold, pairs = [] } = study.study === 'fig1' ? { gold: [] } : study;
  return [
    ['scale', study.scale],
    ...(study.study === 'fig1' ? [] : [['text', study.source] as [string, string]]),
    ['seeds', study.seeds.join(', ')],
    ['back end', study.backend],
    ['machine time of all stages', duration(study.seconds)],
    ...gold.map(({ seed, parameters, accuracy, pairs }): [string, string] => [
      `gold model, seed ${seed}`,
      `${percent(accuracy)} of ${pairs} held-out pairs right, ${decimal(parameters / 1e6)} million parameters`,
    ]),
    ...pairs.map(({ seed, data, pairs: count, meanReward, meanMargin }): [string, string] => [
      `pairs of ${data}, seed ${seed}`,
      `${count}, mean gold reward of their responses ${decimal(meanReward)}, mean margin ${decimal(meanMargin)}`,
    ]),
    ...Object.entries(study.versions),
  ];
}
