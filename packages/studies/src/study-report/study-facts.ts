import { decimal, duration, percent } from '../report/number-format.js';
import type { StudyData, StudyGold } from '../study/study-data.js';

/** Under what circumstances a study was made, by name. */
export function studyFacts(study: StudyData): [string, string][] {
  const { gold, pairs = [] } = study.study === 'fig1' ? {} : study;
  return [
    ['scale', study.scale],
    ...(study.study === 'fig1' ? [] : [['text', study.source] as [string, string]]),
    ['seeds', study.seeds.join(', ')],
    ['back end', study.backend],
    ['machine time of all stages', duration(study.seconds)],
    ...(gold ? [['gold model', goldText(gold)] as [string, string]] : []),
    ...pairs.map(({ seed, data, pairs: count, meanReward, meanMargin }): [string, string] => [
      `pairs of ${data}, seed ${seed}`,
      `${count}, mean gold reward of their responses ${decimal(meanReward)}, mean margin ${decimal(meanMargin)}`,
    ]),
    ...Object.entries(study.versions),
  ];
}

const goldText = ({ parameters, accuracy, pairs }: StudyGold): string =>
  `${percent(accuracy)} of ${pairs} held-out pairs right, ${decimal(parameters / 1e6)} million parameters`;
