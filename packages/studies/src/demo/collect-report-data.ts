import { join } from 'node:path';
import type { BackendReport } from '@ais/runtime';
import type { DemoReportData, ReportedMethod, ReportedStage } from '../report/demo-report-data.js';
import { loadSplit } from '../stages/corpus-stage.js';
import { loadEvaluations } from '../stages/evaluate-policy.js';
import { flattenSettings, reportedPoint, reportedSamples } from '../stages/reported-evaluations.js';
import { readStage, type StageRecord } from '../stages/run-stage.js';
import { softwareVersions } from '../stages/software-versions.js';
import type { StageKind, StageKinds } from '../stages/stage-kinds.js';
import type { DemoSettings } from './demo-settings.js';
import { methods } from './methods.js';

const SAMPLES = 8;

/** Gathers what a finished run left in its folders into the data of its report. */
export async function demoReportData(run: {
  readonly directory: string;
  readonly settings: DemoSettings;
  readonly backend: BackendReport;
  readonly command: string;
}): Promise<DemoReportData> {
  const { directory, settings, backend, command } = run;
  const trained = await Promise.all(
    settings.preference.methods.map(async (name) => ({
      ...methods[name],
      evaluations: await loadEvaluations(join(directory, name)),
    })),
  );
  const start = trained[0]?.evaluations[0];
  const examples = await loadSplit(join(directory, 'corpus'), 'evaluation');
  return {
    methods: trained.map(
      ({ title, description, importance, evaluations }): ReportedMethod => ({
        name: title,
        description,
        adaptive: importance.kind === 'adaptive',
        points: evaluations.map(reportedPoint),
      }),
    ),
    ...(start && { sft: reportedPoint(start) }),
    samples: reportedSamples(
      examples,
      [
        { title: 'SFT', evaluation: trained[0]?.evaluations[0] },
        ...trained.map(({ title, evaluations }) => ({ title, evaluation: evaluations.at(-1) })),
      ],
      SAMPLES,
    ),
    settings: flattenSettings(settings),
    stages: await reportedStages(directory, settings),
    backend: backend.backend,
    versions: softwareVersions(),
    command,
    seed: settings.seed,
    source: settings.source,
    preset: settings.preset,
  };
}

async function reportedStages(directory: string, settings: DemoSettings): Promise<ReportedStage[]> {
  const read = <Kind extends StageKind>(
    folder: string,
  ): Promise<StageRecord<StageKinds[Kind]['result']> | undefined> => readStage<Kind>(join(directory, folder));
  const stages: ReportedStage[] = [];
  const add = (name: string, record: StageRecord | undefined, detail: string): void => {
    if (record) stages.push({ name, seconds: record.seconds, detail });
  };
  const corpus = await read<'corpus'>('corpus');
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
    const supervised = await read<'sft'>(folder);
    if (!supervised) continue;
    const { parameters, steps, finalLoss } = supervised.result;
    add(title, supervised, `${parameters} parameters, ${steps} steps, final loss ${finalLoss.toFixed(3)}`);
  }
  const gold = await read<'gold'>('gold');
  if (gold) {
    const { parameters, trainingPairs, validationPairs, validationAccuracy } = gold.result;
    add(
      'Gold reward model',
      gold,
      `${parameters} parameters, ${trainingPairs} pairs, ` +
        `${(100 * validationAccuracy).toFixed(1)} % right on ${validationPairs} held-out pairs`,
    );
  }
  const labels = await read<'pairs'>('preferences');
  if (labels) {
    const { pairs, identical, empty, tied } = labels.result;
    add(
      'Preference pairs',
      labels,
      `${pairs} pairs; dropped: ${identical} identical, ${empty} empty, ${tied} tied`,
    );
  }
  for (const name of settings.preference.methods) {
    const trained = await read<'preference'>(name);
    add(methods[name].title, trained, `${trained?.result.steps} steps with evaluations`);
  }
  return stages;
}
