import { stageSpec } from '@ais/workflow';
import { isOfKnownPolicy, type PreferenceData } from '../data/study-data.js';
import type { StudyRunSettings } from '../data/study-run-settings.js';
import type { PolicyStudySettings } from '../settings/study-settings.js';
import { type Stage, stageKinds } from '../stages/stage-kinds.js';
import type { JudgeHints, NamedFiles } from './named-files.js';
import { type Models, patienceWithJudge } from './shared-stages.js';

/** Whether a run is evaluated along training, and by all there is: everything but the end is read at the least β of a method. */
export function isEvaluatedAlong(
  { evaluation, runs }: PolicyStudySettings,
  { method, beta, data }: StudyRunSettings,
): boolean {
  if (evaluation.largerBeta !== 'end') return true;
  return runs.every((run) => run.method.title !== method.title || run.data !== data || run.beta >= beta);
}

/** What of an objective a key has: its name, a file's by its content, and the hash of a package. */
export type KeyedObjective = Pick<Stage<'preference'>['settings'], 'objectiveHash'> & {
  readonly objective: string;
};

/** The run of a method, whether it learns from pairs or from its own samples. */
export interface RunStages {
  readonly stage: Stage<'preference' | 'online'>;
  /** Absent where it learns from its own samples. */
  readonly pairs?: Stage<'pairs'>;
}

/** The runs of one seed. */
export function runStages(
  settings: PolicyStudySettings,
  { corpus, policy, base, gold }: Models,
  {
    seed,
    backend,
    readsReference,
    named,
  }: {
    readonly seed: number;
    readonly backend: string;
    readonly readsReference: boolean;
    readonly named: NamedFiles;
  },
): Readonly<Record<'offline' | 'online', (run: StudyRunSettings, keyed: KeyedObjective) => RunStages>> {
  const { preference } = settings;
  const { weightedPairs, against, secondJudge: _, largerBeta: __, ...evaluation } = settings.evaluation;
  const maxNewTokens = settings.corpus.maxResponseTokens;
  const { microBatchSize } = preference;
  const judged: JudgeHints = {
    api: patienceWithJudge(settings),
    ...(gold.kind.name === 'judge' && { judge: gold.settings.judge }),
  };
  const hints = named.hints({}, judged);
  // The judge first: one that cannot be used is noticed before anything is trained.
  const folders = { corpus, gold, policy };
  const pairs = (sampler?: { readonly stage: Stage<'shift'>; readonly checkpoint: 'early' | 'late' }) =>
    stageSpec(
      stageKinds.pairs,
      {
        ...(sampler && { checkpoint: sampler.checkpoint }),
        maxNewTokens,
        seed,
        microBatchSize,
        ...(!readsReference && { referenceLogProbs: false }),
      },
      { ...folders, ...(sampler && { sampler: sampler.stage }) },
      backend,
      hints,
    );
  const d1 = pairs();
  const measured = { evaluation, maxNewTokens, seed };
  const { klPrompts, temperature, klTemperature } = evaluation;
  const measuredAtEnd = {
    ...measured,
    evaluation: {
      points: 1,
      klPrompts,
      temperature,
      ...(klTemperature !== undefined && { klTemperature }),
    },
  };
  const measuredOf = (run: StudyRunSettings) => (isEvaluatedAlong(settings, run) ? measured : measuredAtEnd);
  const answers = { maxNewTokens, temperature: evaluation.temperature, seed };
  const beside = {
    ...folders,
    ...(against === 'start' && { start: stageSpec(stageKinds.start, answers, { corpus, policy }, backend) }),
  };
  const { points: ___, prompts: ____, allPromptsAt: _____, ...ofStart } = evaluation;
  const measuring = {
    ...beside,
    baseline: stageSpec(
      stageKinds.baseline,
      { evaluation: ofStart, maxNewTokens, microBatchSize, seed },
      beside,
      backend,
      hints,
    ),
  };

  const shifted = (checkpoint: 'early' | 'late'): Stage<'pairs'> => {
    const method = { objective: 'dpo', importance: 'none' } as const;
    const shift = { method, training: preference, ...settings.shift, seed };
    const isMeasured = settings.shift.late === 'best';
    const stage = stageSpec(
      stageKinds.shift,
      { ...shift, ...(isMeasured && { measured: { evaluation, maxNewTokens } }) },
      { ...(isMeasured ? measuring : { policy }), pairs: d1 },
      backend,
      hints,
    );
    return pairs({ stage, checkpoint });
  };
  const written = (): Stage<'pairs'> =>
    stageSpec(
      stageKinds.pairs,
      { references: true, maxNewTokens, seed, microBatchSize },
      { ...folders, sampler: base ?? policy },
      backend,
      hints,
    );
  const pairsOf: Readonly<Record<PreferenceData, () => Stage<'pairs'>>> = {
    D0: written,
    D1: () => d1,
    D2: () => shifted('early'),
    D3: () => shifted('late'),
  };
  return {
    offline: (run, { objective, ...hash }) => {
      const {
        method: { title: _, behavior, ...method },
        beta,
        data,
        training,
      } = run;
      const learned = pairsOf[data]();
      const own = {
        method: {
          ...method,
          objective,
          // On D1 the reference is the behavior policy, and that of D0 is unknown: the run is the one without.
          ...(behavior === 'data' && isOfKnownPolicy(data) && { behavior }),
        },
        ...hash,
        beta,
        training: { ...preference, ...training },
        ...(method.importance !== 'none' &&
          isEvaluatedAlong(settings, run) && { finalLogProbs: weightedPairs }),
        ...measuredOf(run),
      };
      const needs = { ...measuring, pairs: learned };
      const stage = stageSpec(stageKinds.preference, own, needs, backend, named.hints(own, judged));
      return { stage, pairs: learned };
    },
    online: (run, { objective, ...hash }) => {
      const {
        method: { title: _, ...method },
        beta,
      } = run;
      const { training, samples, proxy: learning } = settings.online;
      const proxy = stageSpec(
        stageKinds.proxy,
        { ...learning, seed },
        { corpus, policy, pairs: d1 },
        backend,
      );
      const own = { method: { ...method, objective }, ...hash, beta, training, samples, ...measuredOf(run) };
      const needs = { ...measuring, proxy };
      return { stage: stageSpec(stageKinds.online, own, needs, backend, named.hints(own, judged)) };
    },
  };
}
