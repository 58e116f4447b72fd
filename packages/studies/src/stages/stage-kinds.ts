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

interface Kind<Settings, Needs extends string, Result, MayNeed extends string = never> {
  readonly settings: Settings;
  readonly needs: Needs;
  readonly mayNeed: MayNeed;
  readonly result: Result;
}

/** The kinds of stages: what each is told, which folders it reads, and what it reports. */
export interface StageKinds {
  readonly corpus: Kind<CorpusStageSettings, never, CorpusSummary>;
  readonly sft: Kind<SupervisedStageSettings, 'corpus', SupervisedSummary>;
  readonly gold: Kind<GoldStageSettings, 'corpus' | 'policy' | 'base', JudgeSummary>;
  readonly pairs: Kind<PairsStageSettings, 'corpus' | 'policy' | 'gold', PairsSummary, 'sampler'>;
  readonly shift: Kind<ShiftStageSettings, 'policy' | 'pairs', ShiftSummary>;
  readonly preference: Kind<
    PreferenceStageSettings,
    'corpus' | 'policy' | 'gold' | 'pairs',
    PreferenceSummary
  >;
  readonly proxy: Kind<ProxyStageSettings, 'corpus' | 'policy' | 'pairs', JudgeSummary>;
  readonly online: Kind<OnlineStageSettings, 'corpus' | 'policy' | 'gold' | 'proxy', PreferenceSummary>;
}

export type StageKind = keyof StageKinds;

/** Does a stage's work in its folder; must be able to go on where an interrupted attempt left it. */
export type StageWork<Name extends StageKind> = (
  settings: StageKinds[Name]['settings'],
  folders: Readonly<Record<StageKinds[Name]['needs'], string>> &
    Readonly<Partial<Record<StageKinds[Name]['mayNeed'], string>>>,
  directory: string,
  context: StageContext,
) => Promise<StageKinds[Name]['result']>;

export const stageWork: { readonly [Name in StageKind]: StageWork<Name> } = {
  corpus: prepareCorpus,
  sft: superviseModel,
  gold: trainGold,
  pairs: labelPairs,
  shift: trainShiftedPolicies,
  preference: trainMethod,
  proxy: trainProxy,
  online: trainOnline,
};
