import { stageSpec } from '@ais/workflow';
import { type Stage, stageKinds } from './stage-kinds.js';
import type { StageMethod } from './stage-method.js';
import type {
  CorpusSettings,
  EvaluationSettings,
  GoldTrainingSettings,
  ModelShape,
  PretrainedModel,
  SupervisedSettings,
  TrainingSettings,
} from './stage-settings.js';

/** The gold reward model: what it starts from, and who judges the pairs that it learns from. */
export interface GoldSettings extends GoldTrainingSettings {
  readonly model: ModelShape | PretrainedModel;
  /** How that is trained on the supervised split first. */
  readonly supervised: SupervisedSettings;
  /** See `GoldStageSettings`. */
  readonly judge: string;
  readonly sourceHash?: string | undefined;
}

/** What decides everything between a corpus and the runs on it. */
export interface SharedSettings {
  readonly corpus: Pick<CorpusSettings, 'maxPromptTokens' | 'maxResponseTokens'>;
  readonly policy: ModelShape | PretrainedModel;
  readonly supervised: SupervisedSettings;
  readonly gold: GoldSettings;
  readonly evaluation: EvaluationSettings;
  readonly microBatchSize: number;
}

/** The stages that runs of one seed share, the models with those of other seeds too, and what makes a run of them. */
export interface SharedStages {
  /** π_ref. */
  readonly policy: Stage<'sft'>;
  /** What the gold model starts from; the policy where it is trained just so. */
  readonly base: Stage<'sft'>;
  readonly gold: Stage<'gold'>;
  /** Pairs that π_ref samples, or a checkpoint of a shift stage. */
  readonly pairs: (sampler?: {
    readonly stage: Stage<'shift'>;
    readonly checkpoint: 'early' | 'late';
  }) => Stage<'pairs'>;
  readonly preference: (
    run: {
      readonly method: StageMethod;
      readonly beta: number;
      readonly training: TrainingSettings;
      readonly finalLogProbs?: number;
    },
    pairs: Stage<'pairs'>,
  ) => Stage<'preference'>;
}

/** What randomness is drawn from. */
export interface SharedSeeds {
  /** For the SFT policy and the gold model: initial weights, order of training. */
  readonly models: number;
  /** For what is done with them: sampled pairs, order of preference training, sampling for evaluation. */
  readonly runs: number;
}

/** The stages between a corpus and the runs of one seed, on a back end. */
export function sharedStages(
  settings: SharedSettings,
  corpus: Stage<'corpus'>,
  seeds: SharedSeeds,
  backend: string,
): SharedStages {
  const { microBatchSize, evaluation } = settings;
  const { maxPromptTokens, maxResponseTokens: maxNewTokens } = settings.corpus;
  const { model, supervised, judge, sourceHash, ...gold } = settings.gold;
  const models = { seed: seeds.models, microBatchSize };
  const runs = { seed: seeds.runs, microBatchSize };
  const maxPositions = maxPromptTokens + maxNewTokens;
  const sft = (stage: Pick<SharedSettings, 'supervised'> & { readonly model: SharedSettings['policy'] }) =>
    stageSpec(stageKinds.sft, { ...stage, maxPositions, ...models }, { corpus }, backend);

  const policy = sft({ model: settings.policy, supervised: settings.supervised });
  const base = sft({ model, supervised });
  const goldStage = stageSpec(
    stageKinds.gold,
    { gold, judge, ...(sourceHash && { sourceHash }), maxPromptTokens, maxNewTokens, ...models },
    { corpus, policy, base },
    backend,
  );
  const folders = { corpus, policy, gold: goldStage };
  return {
    policy,
    base,
    gold: goldStage,
    pairs: (sampler) =>
      stageSpec(
        stageKinds.pairs,
        { ...(sampler && { checkpoint: sampler.checkpoint }), maxNewTokens, ...runs },
        { ...folders, ...(sampler && { sampler: sampler.stage }) },
        backend,
      ),
    preference: (trained, pairs) =>
      stageSpec(
        stageKinds.preference,
        { ...trained, evaluation, maxNewTokens, ...runs },
        { ...folders, pairs },
        backend,
      ),
  };
}
