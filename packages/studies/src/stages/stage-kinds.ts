import type { StageKind, StageSpec } from '@ais/workflow';
import type { ArmComparisonSettings } from '../exact/compare-arms.js';
import { compareInWorld, type ExactStageSummary } from '../exact/exact-stage.js';
import { type BaselineStageSettings, type BaselineSummary, measureBaseline } from './baseline-stage.js';
import { type CorpusStageSettings, type CorpusStageSummary, makeCorpus } from './corpus-stage.js';
import { type GoldStageSettings, trainGold } from './gold-stage.js';
import { adoptJudge, type JudgeStageSettings, type JudgeStageSummary } from './judge-stage.js';
import type { JudgeSummary } from './judge-summary.js';
import { type OnlineStageSettings, trainOnSamples } from './online-stage.js';
import { type PairsStageSettings, type PairsSummary, samplePairs } from './pairs-stage.js';
import { type PreferenceStageSettings, type TrainingSummary, trainOnPairs } from './preference-stage.js';
import { judgeProse, type ProseStageSettings, type ProseSummary } from './prose-stage.js';
import { type ProxyStageSettings, trainProxy } from './proxy-stage.js';
import { type SftStageSettings, type SftSummary, superviseModel } from './sft-stage.js';
import {
  type ShiftFolders,
  type ShiftStageSettings,
  type ShiftSummary,
  trainShiftedPolicies,
} from './shift-stage.js';
import { answerAtStart, type StartStageSettings, type StartSummary } from './start-stage.js';

/** The folders of stages, by role. */
type Folders<Role extends string, Optional extends string = never> = Readonly<Record<Role, string>> &
  Readonly<Partial<Record<Optional, string>>>;

/** The kinds of stages: what each is told, which folders it reads, and what it reports. */
export interface StageKinds {
  readonly corpus: StageKind<CorpusStageSettings, Folders<never>, CorpusStageSummary>;
  readonly sft: StageKind<SftStageSettings, Folders<'corpus'>, SftSummary>;
  readonly gold: StageKind<GoldStageSettings, Folders<'corpus' | 'policy' | 'base'>, JudgeSummary>;
  readonly judge: StageKind<JudgeStageSettings, Folders<'corpus'>, JudgeStageSummary>;
  readonly start: StageKind<StartStageSettings, Folders<'corpus' | 'policy'>, StartSummary>;
  readonly baseline: StageKind<
    BaselineStageSettings,
    Folders<'corpus' | 'policy' | 'gold', 'start'>,
    BaselineSummary
  >;
  readonly pairs: StageKind<
    PairsStageSettings,
    Folders<'corpus' | 'policy' | 'gold', 'sampler'>,
    PairsSummary
  >;
  readonly shift: StageKind<ShiftStageSettings, ShiftFolders, ShiftSummary>;
  readonly preference: StageKind<
    PreferenceStageSettings,
    Folders<'corpus' | 'policy' | 'gold' | 'pairs', 'start' | 'baseline'>,
    TrainingSummary
  >;
  readonly proxy: StageKind<ProxyStageSettings, Folders<'corpus' | 'policy' | 'pairs'>, JudgeSummary>;
  readonly prose: StageKind<ProseStageSettings, Folders<'run' | 'corpus' | 'base'>, ProseSummary>;
  readonly online: StageKind<
    OnlineStageSettings,
    Folders<'corpus' | 'policy' | 'gold' | 'proxy', 'start' | 'baseline'>,
    TrainingSummary
  >;
  readonly exact: StageKind<ArmComparisonSettings, Folders<never>, ExactStageSummary>;
}

export type StageName = keyof StageKinds;

/** A stage of one of these kinds. */
export type Stage<Name extends StageName> = StageSpec<StageKinds[Name]>;

export const stageKinds: StageKinds = {
  corpus: {
    name: 'corpus',
    run: makeCorpus,
    // The key of a corpus from an archive that moves on does not decide its text.
    fingerprint: ({ fingerprint }) => fingerprint,
  },
  sft: {
    name: 'sft',
    run: superviseModel,
    // Neither does that of a model that is known by name decide its weights.
    fingerprint: ({ startingWeights }) => startingWeights,
  },
  // Version 1 of reward models learned with wrong gradients on native TensorFlow: docs/decisions/gold-models-and-row-order.md.
  gold: { name: 'gold', version: '2', run: trainGold },
  judge: { name: 'judge', run: adoptJudge },
  start: { name: 'start', run: answerAtStart },
  baseline: { name: 'baseline', run: measureBaseline },
  pairs: { name: 'pairs', run: samplePairs },
  // Version 1 kept the evaluation nearest to half-way to the best, which may be the best itself.
  shift: { name: 'shift', version: '2', run: trainShiftedPolicies },
  preference: { name: 'preference', run: trainOnPairs },
  proxy: { name: 'proxy', version: '2', run: trainProxy },
  online: { name: 'online', run: trainOnSamples },
  prose: { name: 'prose', run: judgeProse },
  exact: { name: 'exact', run: compareInWorld },
};
