import type { StageContext as Context, StageKind, StageSpec } from '@ais/workflow';
import { type CorpusStageSettings, type CorpusSummary, prepareCorpus } from './corpus-stage.js';
import { type GoldStageSettings, trainGold } from './gold-stage.js';
import { type OnlineStageSettings, trainOnline } from './online-stage.js';
import { labelPairs, type PairsStageSettings, type PairsSummary } from './pairs-stage.js';
import { type PreferenceStageSettings, type PreferenceSummary, trainMethod } from './preference-stage.js';
import { type ProxyStageSettings, trainProxy } from './proxy-stage.js';
import { type ShiftStageSettings, type ShiftSummary, trainShiftedPolicies } from './shift-stage.js';
import type { StageContext } from './stage-context.js';
import { type SupervisedStageSettings, type SupervisedSummary, superviseModel } from './supervised-stage.js';
import type { JudgeSummary } from './train-judge.js';

/** The folders of stages, by role. */
type Folders<Role extends string, Optional extends string = never> = Readonly<Record<Role, string>> &
  Readonly<Partial<Record<Optional, string>>>;

/** The kinds of stages: what each is told, which folders it reads, and what it reports. */
export interface StageKinds {
  readonly corpus: StageKind<CorpusStageSettings, Folders<never>, CorpusSummary>;
  readonly sft: StageKind<SupervisedStageSettings, Folders<'corpus'>, SupervisedSummary>;
  readonly gold: StageKind<GoldStageSettings, Folders<'corpus' | 'policy' | 'base'>, JudgeSummary>;
  readonly pairs: StageKind<
    PairsStageSettings,
    Folders<'corpus' | 'policy' | 'gold', 'sampler'>,
    PairsSummary
  >;
  readonly shift: StageKind<ShiftStageSettings, Folders<'policy' | 'pairs'>, ShiftSummary>;
  readonly preference: StageKind<
    PreferenceStageSettings,
    Folders<'corpus' | 'policy' | 'gold' | 'pairs'>,
    PreferenceSummary
  >;
  readonly proxy: StageKind<ProxyStageSettings, Folders<'corpus' | 'policy' | 'pairs'>, JudgeSummary>;
  readonly online: StageKind<
    OnlineStageSettings,
    Folders<'corpus' | 'policy' | 'gold' | 'proxy'>,
    PreferenceSummary
  >;
}

export type StageName = keyof StageKinds;

/** A stage of one of these kinds. */
export type Stage<Name extends StageName> = StageSpec<StageKinds[Name]>;

export const stageKinds: StageKinds = {
  corpus: {
    name: 'corpus',
    run: inFolder(prepareCorpus),
    // The key of a corpus from an archive that moves on does not decide its text.
    fingerprint: ({ fingerprint }) => fingerprint,
  },
  sft: { name: 'sft', run: inFolder(superviseModel) },
  gold: { name: 'gold', run: inFolder(trainGold) },
  pairs: { name: 'pairs', run: inFolder(labelPairs) },
  shift: { name: 'shift', run: inFolder(trainShiftedPolicies) },
  preference: { name: 'preference', run: inFolder(trainMethod) },
  proxy: { name: 'proxy', run: inFolder(trainProxy) },
  online: { name: 'online', run: inFolder(trainOnline) },
};

function inFolder<Settings, Inputs extends object, Result>(
  work: (settings: Settings, folders: Inputs, directory: string, context: StageContext) => Promise<Result>,
): (settings: Settings, inputs: Inputs, context: Context) => Promise<Result> {
  return (settings, inputs, context) => work(settings, inputs, context.directory, context);
}
