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

function goldText({ parameters, accuracy, interval, pairs, logLoss, calibrationError }: StudyGold): string {
  const { low, high } = interval;
  return (
    `${percent(accuracy)} of ${pairs} held-out pairs right (95 % interval ${percent(low)} to ${percent(high)}), ` +
    `log loss ${decimal(logLoss, 3)} nats (a coin’s is 0.693), confidence off by ${percent(calibrationError)} on average, ` +
    `${decimal(parameters / 1e6)} million parameters`
  );
}
