import {
  isPolicyStudy,
  type PolicyStudyData,
  type StudyData,
  type StudyGold,
  type StudyJudge,
  type StudyMethod,
} from '../data/study-data.js';
import { weightOptions } from '../data/study-method.js';
import { decimal, duration, percent, wholeNumbersText } from '../report/number-format.js';

type Fact = readonly [name: string, value: string];

/** Under what circumstances a study was made, by name. */
export function studyFacts(study: StudyData): Fact[] {
  return [
    // Compared training runs have none.
    ...(study.scale === undefined ? [] : [['scale', study.scale] as const]),
    ...(isPolicyStudy(study) ? textFacts(study) : []),
    ['seeds', wholeNumbersText(study.seeds)],
    ['back end', study.backend],
    ['machine time of all stages', duration(study.seconds)],
    ...(isPolicyStudy(study) ? [...modelFacts(study), ...pairFacts(study), ...optionFacts(study)] : []),
    ...Object.entries(study.versions),
  ];
}

function textFacts({ source, corpus, settings }: PolicyStudyData): Fact[] {
  if (!corpus) return [['text', source]];
  const { splits, truncatedPrompts, meanPromptTokens, meanResponseTokens, fingerprint } = corpus;
  const isAgainstStart = settings['evaluation.against'] === 'start';
  const used = Object.values(splits).reduce((sum, count) => sum + count, 0);
  return [
    ['text', source],
    [
      `prompts and reference ${isAgainstStart ? 'responses' : 'summaries'}`,
      `${used}, ${decimal(meanPromptTokens, 1)} and ${decimal(meanResponseTokens, 1)} tokens on average, ` +
        `${percent(truncatedPrompts / used, 0)} of the prompts truncated`,
    ],
    ...(fingerprint === undefined ? [] : [['SHA-256 of them', fingerprint] as const]),
  ];
}

function modelFacts({ policy, gold, judge, settings }: PolicyStudyData): Fact[] {
  return [
    ...(policy ? [['policy', `${decimal(policy.parameters / 1e6)} million parameters`] as const] : []),
    ...(gold ? [['gold model', goldText(gold, settings['gold.judge'])] as const] : []),
    ...(judge ? [['judge', judgeText(judge)] as const] : []),
  ];
}

/** A judge with how far it agrees with labels: a win rate by one that agrees with no one says nothing. */
function judgeText({ name, agreement }: StudyJudge): string {
  if (!agreement) return `${name}; not compared with any labels`;
  const { accuracy, low, high, kappa, kappaLow, kappaHigh, judgeTies, n, labels } = agreement;
  return (
    `${name}; agrees with ${percent(accuracy)} of ${n} labels of ${labels} (95 % interval ${percent(low)} to ${percent(high)}), ` +
    `Cohen’s κ ${decimal(kappa)} (${decimal(kappaLow)} to ${decimal(kappaHigh)}), ${judgeTies} ties`
  );
}

function goldText(
  { parameters, accuracy, interval, pairs, logLoss, calibrationError }: StudyGold,
  judge: string | number | undefined,
): string {
  const right =
    judge === 'human'
      ? `${percent(accuracy)} of ${pairs} held-out reference summaries preferred to a sample of the SFT model`
      : `${percent(accuracy)} of ${pairs} held-out pairs ordered as they are labeled`;
  return (
    `${decimal(parameters / 1e6)} million parameters; ${right} (95 % interval ${percent(interval.low)} to ${percent(interval.high)}), ` +
    `log loss ${decimal(logLoss, 3)} nats (a coin’s is 0.693), confidence off by ${percent(calibrationError)} on average`
  );
}

function pairFacts({ pairs: sets }: PolicyStudyData): Fact[] {
  return sets.map(({ seed, data, pairs, meanReward, meanMargin }) => [
    `pairs of ${data}, seed ${seed}`,
    `${pairs}, mean gold reward of their responses ${decimal(meanReward)}, mean margin ${decimal(meanMargin)}`,
  ]);
}

/** The options of each method that has any. */
function optionFacts({ runs }: PolicyStudyData): Fact[] {
  const methods = new Map(runs.map(({ method }) => [method.title, method]));
  return [...methods.values()].flatMap((method): Fact[] => {
    const options = Object.entries(methodOptions(method));
    return options.length === 0
      ? []
      : [
          [
            `options of ${method.title}`,
            options.map(([name, value]) => `${name} ${optionText(value)}`).join(', '),
          ],
        ];
  });
}

/** Bounds and kernels have parts of their own. */
function optionText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function methodOptions({ objectiveOptions, importance }: StudyMethod): Record<string, unknown> {
  const { clip, ...options } = weightOptions(importance);
  const { lower, upper } = clip ?? {};
  return {
    ...objectiveOptions,
    ...options,
    ...(lower !== undefined && { 'log w at least': lower }),
    ...(upper !== undefined && { 'log w at most': upper }),
  };
}
