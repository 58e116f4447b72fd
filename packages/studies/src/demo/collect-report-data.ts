import { join } from 'node:path';
import type { BackendReport } from '@ais/runtime';
import type { StageRecord } from '@ais/workflow';
import type { DemoReportData, ReportedMethod, ReportedStage } from '../report/demo-report-data.js';
import { loadSplit } from '../stages/corpus-stage.js';
import { loadEvaluations } from '../stages/evaluate-policy.js';
import { flattenSettings, reportedPoint, reportedSamples } from '../stages/reported-evaluations.js';
import { softwareVersions } from '../stages/software-versions.js';
import type { DemoSettings } from './demo-settings.js';
import { type DemoStages, demoStages, demoStore } from './demo-stages.js';
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
    stages: await reportedStages(directory, demoStages(settings, backend.backend)),
    backend: backend.backend,
    versions: softwareVersions(),
    command,
    seed: settings.seed,
    source: settings.source,
    preset: settings.preset,
  };
}

async function reportedStages(directory: string, planned: DemoStages): Promise<ReportedStage[]> {
  const { store } = demoStore(directory, planned);
  const stages: ReportedStage[] = [];
  const add = (name: string, record: StageRecord | undefined, detail: string): void => {
    if (record) stages.push({ name, seconds: record.seconds, detail });
  };
  const corpus = await store.read(planned.corpus);
  if (corpus) {
    const { records, meanPromptTokens, meanResponseTokens, truncatedPrompts } = corpus.result;
    add(
      'Corpus',
      corpus,
      `${records} records; prompts of ${meanPromptTokens.toFixed(1)} tokens (${truncatedPrompts} truncated), ` +
        `summaries of ${meanResponseTokens.toFixed(1)}`,
    );
  }
  const { sft, 'gold-sft': base } = planned;
  const models = [
    { title: 'SFT', stage: sft },
    ...(base && base.key !== sft.key ? [{ title: 'SFT of the gold model', stage: base }] : []),
  ];
  for (const { title, stage } of models) {
    const supervised = await store.read(stage);
    if (!supervised) continue;
    const { parameters, steps, finalLoss } = supervised.result;
    add(title, supervised, `${parameters} parameters, ${steps} steps, final loss ${finalLoss.toFixed(3)}`);
  }
  const gold = await store.read(planned.gold);
  if (gold) {
    const { parameters, trainingPairs, validationPairs, validationAccuracy } = gold.result;
    add(
      'Gold reward model',
      gold,
      `${parameters} parameters, ${trainingPairs} pairs, ` +
        `${(100 * validationAccuracy).toFixed(1)} % right on ${validationPairs} held-out pairs`,
    );
  }
  const labels = await store.read(planned.preferences);
  if (labels) {
    const { pairs, identical, empty, tied } = labels.result;
    add(
      'Preference pairs',
      labels,
      `${pairs} pairs; dropped: ${identical} identical, ${empty} empty, ${tied} tied`,
    );
  }
  for (const { name, stage } of planned.methods) {
    const trained = await store.read(stage);
    add(methods[name].title, trained, `${trained?.result.steps} steps with evaluations`);
  }
  return stages;
}
