import { stageSpec } from '@ais/workflow';
import { type SharedSettings, sharedStages } from '../stages/shared-stages.js';
import { type Stage, stageKinds } from '../stages/stage-kinds.js';
import { chooseObjective } from '../training/objective-registry.js';
import { type ContentHashes, contentHashes } from './content-hashes.js';
import type { PreferenceData } from './study-data.js';
import {
  isMixtureStudy,
  type PolicyStudySettings,
  type StudyRunSettings,
  type StudySettings,
} from './study-settings.js';

/** One run with one seed, and the stages that it is read from. */
export interface PlannedRun {
  readonly run: StudyRunSettings;
  readonly seed: number;
  readonly stage: Stage<'preference' | 'online'>;
  /** Absent where it learns from its own samples. */
  readonly pairs?: Stage<'pairs'>;
}

/** What a study does, as stages. */
export interface StudyPlan {
  readonly corpus: Stage<'corpus'>;
  /** The SFT model that all runs start from. */
  readonly policy: Stage<'sft'>;
  /** The judge of all runs. */
  readonly gold: Stage<'gold'>;
  readonly runs: readonly PlannedRun[];
}

/**
 * The plans of those studies that train policies; a file that several of them name is read once.
 *
 * @throws {ConfigurationError} as `planStudy`
 */
export async function planStudies(
  studies: readonly StudySettings[],
  backend: string,
): Promise<Map<StudySettings, StudyPlan>> {
  const hashes = contentHashes();
  const plans = new Map<StudySettings, StudyPlan>();
  for (const settings of studies) {
    if (!isMixtureStudy(settings)) plans.set(settings, await planStudy(settings, backend, hashes));
  }
  return plans;
}

/**
 * The stages of a study on a back end. Equal stages of two studies have equal keys, which is how they share them.
 *
 * @throws {ConfigurationError} for an unknown objective or option, or a file or a model's folder that cannot be read
 */
export async function planStudy(
  settings: PolicyStudySettings,
  backend: string,
  hashes: ContentHashes = contentHashes(),
): Promise<StudyPlan> {
  const { policy, gold } = settings;
  const { seed: corpusSeed, splits, ...corpusSettings } = settings.corpus;
  const hashed = {
    ...settings,
    policy: await hashedModel('policy', policy, hashes),
    gold: {
      ...gold,
      model: await hashedModel('gold.model', gold.model, hashes),
      sourceHash: await hashes.source('gold.judge', gold.judge),
    },
  };
  const corpus = stageSpec(
    stageKinds.corpus,
    {
      source: settings.source,
      sourceHash: await hashes.source('source', settings.source),
      seed: corpusSeed,
      corpus: corpusSettings,
      ...('pretrained' in policy && {
        tokenizer: policy.pretrained,
        tokenizerHash: await hashes.tokenizer('policy.pretrained', policy.pretrained),
      }),
      ...(splits && { splits }),
    },
    {},
  );
  const online = new Set<string>();
  for (const { method, beta } of settings.runs) {
    const { objective, options: objectiveOptions = {} } = method;
    const chosen = await chooseObjective({
      objective,
      objectiveOptions,
      beta,
      importance: 'none',
      online: false,
    });
    if (chosen.online) online.add(objective);
  }
  const models = seedStages(hashed, corpus, corpusSeed, backend);
  return {
    corpus,
    policy: models.policy,
    gold: models.gold,
    runs: settings.seeds.flatMap((seed) => {
      const stages = seedStages(hashed, corpus, seed, backend);
      return settings.runs.map((run) => ({
        run,
        seed,
        ...(online.has(run.method.objective) ? stages.online(run) : stages.offline(run)),
      }));
    }),
  };
}

/** A model with the hash of its folder, where it is in one. */
async function hashedModel(
  setting: string,
  model: PolicyStudySettings['policy'],
  hashes: ContentHashes,
): Promise<PolicyStudySettings['policy']> {
  if (!('pretrained' in model)) return model;
  return { ...model, folderHash: await hashes.model(`${setting}.pretrained`, model.pretrained) };
}

/** The runs of one seed. */
function seedStages(
  settings: PolicyStudySettings & SharedSettings,
  corpus: Stage<'corpus'>,
  seed: number,
  backend: string,
): {
  readonly policy: Stage<'sft'>;
  readonly gold: Stage<'gold'>;
  readonly offline: (run: StudyRunSettings) => Pick<PlannedRun, 'stage' | 'pairs'>;
  readonly online: (run: StudyRunSettings) => Pick<PlannedRun, 'stage'>;
} {
  const { microBatchSize, preference } = settings;
  const { weightedPairs, ...evaluation } = settings.evaluation;
  const seeds = { models: settings.corpus.seed, runs: seed };
  const shared = sharedStages({ ...settings, evaluation }, corpus, seeds, backend);
  const { policy, gold } = shared;
  const run = { seed, microBatchSize };
  const d1 = shared.pairs();
  const shifted = (checkpoint: 'early' | 'late'): Stage<'pairs'> => {
    const { beta, ...shares } = settings.shift;
    const method = { objective: 'dpo', importance: { kind: 'none' } } as const;
    const shift = { method, beta, training: preference, ...shares, ...run };
    return shared.pairs({
      stage: stageSpec(stageKinds.shift, shift, { policy, pairs: d1 }, backend),
      checkpoint,
    });
  };
  const pairsOf: Readonly<Record<PreferenceData, () => Stage<'pairs'>>> = {
    D1: () => d1,
    D2: () => shifted('early'),
    D3: () => shifted('late'),
  };

  return {
    policy,
    gold,
    offline: ({ method, beta, data, learningRate }) => {
      const pairs = pairsOf[data]();
      const { title: _, behavior, ...optimized } = method;
      const trained = {
        // On D1 the reference is the behavior policy: the run is the one without.
        method: behavior && data !== 'D1' ? { ...optimized, behavior } : optimized,
        beta,
        training: learningRate === undefined ? preference : { ...preference, learningRate },
        ...(method.importance.kind !== 'none' && { finalLogProbs: weightedPairs }),
      };
      return { stage: shared.preference(trained, pairs), pairs };
    },
    online: ({ method: { title: _, ...method }, beta }) => {
      const { training, samples, proxy: proxySettings } = settings.online;
      const { maxResponseTokens: maxNewTokens } = settings.corpus;
      const proxy = stageSpec(
        stageKinds.proxy,
        { proxy: proxySettings, ...run },
        { corpus, policy, pairs: d1 },
        backend,
      );
      const stage = stageSpec(
        stageKinds.online,
        { method, beta, training, samples, evaluation, maxNewTokens, ...run },
        { corpus, policy, gold, proxy },
        backend,
      );
      return { stage };
    },
  };
}
