import {
  type DirectoryStore,
  directoryStore,
  type StageNames,
  type StageSpec,
  stageSpec,
} from '@ais/workflow';
import { sharedStages } from '../stages/shared-stages.js';
import { type Stage, stageKinds } from '../stages/stage-kinds.js';
import type { DemoSettings, MethodName } from './demo-settings.js';
import { methods } from './methods.js';

/** The demo's stages by the folders that they leave in the run directory. */
export interface DemoStages {
  readonly corpus: Stage<'corpus'>;
  readonly sft: Stage<'sft'>;
  /** The gold model's own backbone, where it has one. */
  readonly 'gold-sft'?: Stage<'sft'>;
  readonly gold: Stage<'gold'>;
  readonly preferences: Stage<'pairs'>;
  readonly methods: readonly { readonly name: MethodName; readonly stage: Stage<'preference'> }[];
}

/** What the demo does with these settings, on a back end. */
export function demoStages(settings: DemoSettings, backend: string): DemoStages {
  const { source, seed, policy } = settings;
  const { model: own, ...training } = settings.gold;
  const { methods: names, beta, ...preference } = settings.preference;
  const { supervised, ...model } = own ?? { ...policy, supervised: settings.supervised };
  const gold = { ...training, model, supervised, judge: source === 'synthetic' ? 'oracle' : 'human' };

  const corpus = stageSpec(stageKinds.corpus, { source, seed, corpus: settings.corpus }, {});
  const shared = sharedStages({ ...settings, gold }, corpus, { models: seed, runs: seed }, backend);
  const pairs = shared.pairs();
  return {
    corpus,
    sft: shared.policy,
    ...(own && { 'gold-sft': shared.base }),
    gold: shared.gold,
    preferences: pairs,
    methods: names.map((name) => {
      const { objective, importance } = methods[name];
      const method = { objective, importance };
      return { name, stage: shared.preference({ method, beta, training: preference }, pairs) };
    }),
  };
}

/** The demo's stages in folders of a run directory, one per stage, with names that say what is in them. */
export function demoStore(
  directory: string,
  { methods: trained, ...stages }: DemoStages,
): { readonly store: DirectoryStore; readonly names: StageNames } {
  const titles = {
    corpus: 'corpus',
    sft: 'SFT',
    'gold-sft': 'SFT of the gold model',
    gold: 'gold reward model',
    preferences: 'preferences',
  };
  const named = new Map<string, { readonly folder: string; readonly title: string }>();
  // Where the gold model's backbone is trained exactly as the policy is, one folder serves both.
  for (const [folder, stage] of Object.entries(stages) as [keyof typeof titles, StageSpec][]) {
    if (!named.has(stage.key)) named.set(stage.key, { folder, title: titles[folder] });
  }
  for (const { name, stage } of trained) named.set(stage.key, { folder: name, title: methods[name].title });
  return {
    store: directoryStore(directory, { folder: ({ key }) => named.get(key)?.folder ?? key }),
    names: { title: ({ key, kind }) => named.get(key)?.title ?? kind.name },
  };
}
