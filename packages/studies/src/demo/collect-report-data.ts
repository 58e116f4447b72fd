import { join } from 'node:path';
import { loadRewardModel } from '@ais/language-model';
import type { BackendReport } from '@ais/runtime';
import { scoreSequences } from '@ais/trainer';
import type {
  DemoReportData,
  ReportedMethod,
  ReportedPoint,
  ReportedSample,
  ReportedStage,
} from '../report/demo-report-data.js';
import { readStage, type StageRecord } from '../stage.js';
import type { DemoContext } from './demo-context.js';
import { type CorpusExample, type CorpusSummary, loadSplit } from './demo-corpus.js';
import type { DemoSettings } from './demo-settings.js';
import type { PolicyEvaluation } from './evaluate-policy.js';
import type { GoldSummary } from './gold-stage.js';
import type { LabelSummary } from './label-stage.js';
import { methods } from './methods.js';
import { loadEvaluations, type PreferenceSummary } from './preference-stage.js';
import { softwareVersions } from './software-versions.js';
import type { SupervisedSummary } from './supervised-stage.js';

const SAMPLES = 8;

/** Gathers what a finished run left in its folders into the data of its report. */
export async function demoReportData(
  context: DemoContext,
  backend: BackendReport,
  command: string,
): Promise<DemoReportData> {
  const { directory, settings } = context;
  const trained = await Promise.all(
    settings.preference.methods.map(async (name) => ({
      ...methods[name],
      evaluations: await loadEvaluations(directory, name),
    })),
  );
  const start = trained[0]?.evaluations[0];
  const examples = await loadSplit(directory, 'evaluation');
  return {
    methods: trained.map(
      ({ title, description, adaptive, evaluations }): ReportedMethod => ({
        name: title,
        description,
        adaptive,
        points: evaluations.map(reportedPoint),
      }),
    ),
    ...(start && { sft: reportedPoint(start) }),
    samples: await reportedSamples(directory, examples, trained),
    settings: flatten(settings),
    stages: await reportedStages(directory, settings),
    backend: backend.backend,
    versions: softwareVersions(),
    command,
    seed: settings.seed,
    source: settings.source,
    preset: settings.preset,
  };
}

function reportedPoint({
  fraction,
  step,
  winRate,
  outcomes,
  kl,
  meanLength,
  meanReward,
}: PolicyEvaluation): ReportedPoint {
  return { fraction, step, winRate: { ...winRate, outcomes }, kl, meanLength, goldRewardMean: meanReward };
}

async function reportedSamples(
  directory: string,
  examples: readonly CorpusExample[],
  trained: readonly { readonly title: string; readonly evaluations: readonly PolicyEvaluation[] }[],
): Promise<ReportedSample[]> {
  const shown = examples.slice(0, SAMPLES);
  const gold = await loadRewardModel(join(directory, 'gold', 'model'));
  const rewards = await scoreSequences(
    gold,
    shown.map(({ prompt, response }) => [...prompt, ...response]),
  );
  gold.dispose();
  const policies = [
    { title: 'SFT', evaluation: trained[0]?.evaluations[0] },
    ...trained.map(({ title, evaluations }) => ({ title, evaluation: evaluations.at(-1) })),
  ];
  return shown.map(({ post, summary }, index) => ({
    prompt: post,
    reference: { text: summary, reward: rewards[index] ?? Number.NaN },
    responses: policies.flatMap(({ title, evaluation }) => {
      const response = evaluation?.responses[index];
      return response ? [{ method: title, text: response.text, reward: response.reward }] : [];
    }),
  }));
}

async function reportedStages(directory: string, settings: DemoSettings): Promise<ReportedStage[]> {
  const read = <T>(folder: string): Promise<StageRecord<T> | undefined> =>
    readStage<T>(join(directory, folder));
  const stages: ReportedStage[] = [];
  const add = (name: string, record: StageRecord<unknown> | undefined, detail: string): void => {
    if (record) stages.push({ name, seconds: record.seconds, detail });
  };
  const corpus = await read<CorpusSummary>('corpus');
  if (corpus) {
    const { records, meanPromptTokens, meanResponseTokens, truncatedPrompts } = corpus.result;
    add(
      'Corpus',
      corpus,
      `${records} records; prompts of ${meanPromptTokens.toFixed(1)} tokens (${truncatedPrompts} truncated), ` +
        `summaries of ${meanResponseTokens.toFixed(1)}`,
    );
  }
  const models = [
    ['sft', 'SFT'],
    ['gold-sft', 'SFT of the gold model'],
  ] as const;
  for (const [folder, title] of models) {
    const supervised = await read<SupervisedSummary>(folder);
    if (!supervised) continue;
    const { parameters, steps, finalLoss } = supervised.result;
    add(title, supervised, `${parameters} parameters, ${steps} steps, final loss ${finalLoss.toFixed(3)}`);
  }
  const gold = await read<GoldSummary>('gold');
  if (gold) {
    const { parameters, trainingPairs, validationPairs, validationAccuracy } = gold.result;
    add(
      'Gold reward model',
      gold,
      `${parameters} parameters, ${trainingPairs} pairs, ` +
        `${(100 * validationAccuracy).toFixed(1)} % right on ${validationPairs} held-out pairs`,
    );
  }
  const labels = await read<LabelSummary>('preferences');
  if (labels) {
    const { pairs, identical, empty, tied } = labels.result;
    add(
      'Preference pairs',
      labels,
      `${pairs} pairs; dropped: ${identical} identical, ${empty} empty, ${tied} tied`,
    );
  }
  for (const name of settings.preference.methods) {
    const trained = await read<PreferenceSummary>(name);
    add(methods[name].title, trained, `${trained?.result.steps} steps with evaluations`);
  }
  return stages;
}

/** Nested settings as `preference.beta` → 0.01. */
function flatten(value: object, path = ''): Record<string, string | number> {
  const flat: Record<string, string | number> = {};
  for (const [key, inner] of Object.entries(value)) {
    const name = path ? `${path}.${key}` : key;
    if (Array.isArray(inner)) flat[name] = inner.join(', ');
    else if (typeof inner === 'object' && inner !== null) Object.assign(flat, flatten(inner, name));
    else if (inner !== undefined) flat[name] = inner as string | number;
  }
  return flat;
}
