import { existsSync } from 'node:fs';
import { readJudgeTemplate } from '@ais/gold-eval/node';
import { locateModel } from '@ais/language-model';
import {
  type ChosenObjective,
  type CorpusRequest,
  isLanguageModel,
  isScorerName,
  tryObjective,
  type Wanted,
} from '@ais/pipeline';
import { scales, withoutPractice } from '@ais/pipeline/settings';
import { stageSpec } from '@ais/workflow';
import { isOfKnownPolicy, type PreferenceData } from '../data/study-data.js';
import type { StudyRunSettings } from '../data/study-run-settings.js';
import { StudyError } from '../errors.js';
import {
  isPolicySettings,
  type PolicyStudySettings,
  type StudyCorpusSettings,
  type StudyModel,
  type StudySettings,
} from '../settings/study-settings.js';
import { type Stage, stageKinds } from '../stages/stage-kinds.js';
import { type ContentHashes, contentHashes, readable } from './content-hashes.js';

/** One run with one seed, and the stages that it is read from. */
export interface PlannedRun {
  readonly run: StudyRunSettings;
  readonly seed: number;
  readonly stage: Stage<'preference' | 'online'>;
  /** Absent where it learns from its own samples. */
  readonly pairs?: Stage<'pairs'>;
  /** What a second judge says of it; absent where there is none, and for runs that are evaluated at their end alone. */
  readonly prose?: Stage<'prose'>;
}

/** The last stage of a run: what has to be done for all of it to be there. */
export function targetOf({ stage, prose }: PlannedRun): Stage<'preference' | 'online' | 'prose'> {
  return prose ?? stage;
}

/** What a study does, as stages. */
export interface StudyPlan {
  readonly corpus: Stage<'corpus'>;
  /** The SFT model that all runs start from. */
  readonly policy: Stage<'sft'>;
  /** The judge of all runs: a gold model that is trained, or an external judge. */
  readonly gold: Stage<'gold'> | Stage<'judge'>;
  readonly runs: readonly PlannedRun[];
}

/**
 * The plans of those studies that train policies; a file that several of them name is read once.
 *
 * Every objective is tried on a few examples by the back end at hand.
 *
 * @throws {PipelineError} for an unknown objective or option, one that cannot be used, or a file or a model's folder that cannot
 *   be read
 * @throws {StudyError} `invalid-settings` for an objective that learns from labeled responses, or from samples where a run names data
 */
export async function planStudies(
  studies: readonly StudySettings[],
  backend: string,
): Promise<Map<StudySettings, StudyPlan>> {
  const hashes = contentHashes();
  const plans = new Map<StudySettings, StudyPlan>();
  for (const settings of studies) {
    if (isPolicySettings(settings)) plans.set(settings, await planStudy(settings, backend, hashes));
  }
  return plans;
}

/** The stages of a study on a back end. Equal stages of two studies have equal keys, which is how they share them. */
export async function planStudy(
  settings: PolicyStudySettings,
  backend: string,
  hashes: ContentHashes = contentHashes(),
): Promise<StudyPlan> {
  const corpus = await corpusStage(settings, hashes);
  const models = await modelStages(settings, corpus, backend, hashes);
  const objectives = await triedObjectives(settings);
  // The run that D2 and D3 are sampled from is one of DPO.
  const readsReference =
    settings.runs.some(({ data }) => data !== 'D1') ||
    [...objectives.values()].some(({ online, objective }) => !online && objective.requires.reference);
  const objectiveHashes = new Map<string, string | undefined>();
  for (const { method } of settings.runs) {
    objectiveHashes.set(method.objective, await hashes.objective('runs', method.objective));
  }
  const { base: _, ...shown } = models;
  return {
    ...shown,
    runs: settings.seeds.flatMap((seed) => {
      const stages = runStages(settings, models, { seed, backend, readsReference });
      return settings.runs.map((run) => {
        const hash = hashed('objectiveHash', objectiveHashes.get(run.method.objective));
        const found = objectives.get(run)?.online ? stages.online(run, hash) : stages.offline(run, hash);
        const isRead = isEvaluatedAlong(settings, run);
        return { run, seed, ...found, ...(isRead && proseOf(settings, models, found.stage, backend)) };
      });
    }),
  };
}

/** Whether a run is evaluated along training, and by all there is: everything but the end is read at the least β of a method. */
function isEvaluatedAlong(
  { evaluation, runs }: PolicyStudySettings,
  { method, beta, data }: StudyRunSettings,
): boolean {
  if (evaluation.largerBeta !== 'end') return true;
  return runs.every((run) => run.method.title !== method.title || run.data !== data || run.beta >= beta);
}

/** The stage of the second judge, where there is one. */
function proseOf(
  { evaluation, preference: { microBatchSize } }: PolicyStudySettings,
  { corpus, policy, base = policy }: Models,
  run: PlannedRun['stage'],
  backend: string,
): Pick<PlannedRun, 'prose'> {
  if (evaluation.secondJudge === undefined) return {};
  return { prose: stageSpec(stageKinds.prose, { microBatchSize }, { corpus, base, run }, backend) };
}

/** The objective of each run; whatever is wrong with one comes out before the first stage. */
async function triedObjectives({
  runs,
}: PolicyStudySettings): Promise<Map<StudyRunSettings, ChosenObjective>> {
  const known = new Map<string, ChosenObjective>();
  const found = new Map<StudyRunSettings, ChosenObjective>();
  for (const run of runs) {
    const { objective, objectiveOptions = {}, importance } = run.method;
    const settings = { objective, objectiveOptions, beta: run.beta, importance };
    const key = JSON.stringify(settings);
    const chosen = known.get(key) ?? (await tryObjective(settings));
    known.set(key, chosen);
    requirePairs(run, chosen);
    found.set(run, chosen);
  }
  return found;
}

/** @throws {StudyError} `invalid-settings` for an objective that does not learn from what a study has for it */
function requirePairs(
  { method: { title, objective }, data }: StudyRunSettings,
  chosen: ChosenObjective,
): void {
  if (chosen.feedback === 'unpaired') {
    throw new StudyError(
      'invalid-settings',
      `runs: ${title} (${objective}) learns from labeled responses one by one, and studies train on pairs. Choose an objective that learns from pairs or samples, or train it with ais train --objective ${objective}.`,
    );
  }
  if (chosen.online && data !== 'D1') {
    throw new StudyError(
      'invalid-settings',
      `runs: ${title} (${objective}) learns from its own samples, so it cannot learn from ${data}. Leave out data.`,
    );
  }
}

async function corpusStage(settings: PolicyStudySettings, hashes: ContentHashes): Promise<Stage<'corpus'>> {
  const { source, template, policy, corpus } = settings;
  const tokenizer =
    'pretrained' in policy ? await localFolder('policy.pretrained', policy.pretrained) : undefined;
  return stageSpec(
    stageKinds.corpus,
    {
      request: corpusRequest(settings),
      ...hashed('sourceHash', await hashes.source('source', source)),
      ...hashed('templateHash', await hashes.template('template', template)),
      vocabularySize: corpus.vocabularySize,
      ...(tokenizer !== undefined && {
        tokenizer,
        ...hashed('tokenizerHash', await hashes.tokenizer('policy.pretrained', tokenizer)),
      }),
    },
    {},
  );
}

function hashed<Name extends string>(name: Name, hash: string | undefined): Partial<Record<Name, string>> {
  return (hash === undefined ? {} : { [name]: hash }) as Partial<Record<Name, string>>;
}

function corpusRequest({ source, columns, template, corpus }: PolicyStudySettings): CorpusRequest {
  const { seed, splits, maxPromptTokens, maxResponseTokens, longPrompts, longResponses } = corpus;
  const { supervised, reward, preference, evaluation } = corpus;
  const wanted = (records: number | undefined): Wanted =>
    records === undefined ? 'all' : { exactly: records };
  return {
    source,
    columns,
    template,
    sets: splits,
    seed,
    wanted: {
      supervised: wanted(supervised),
      reward: wanted(reward),
      preference: wanted(preference),
      evaluation: wanted(evaluation),
    },
    heldOut: evaluation,
    sizes: sizesOf(corpus),
    lengths: { maxPromptTokens, maxResponseTokens, longPrompts, longResponses },
  };
}

function sizesOf({
  supervised,
  reward,
  preference,
  evaluation,
}: StudyCorpusSettings): CorpusRequest['sizes'] {
  const usual = scales.tiny.records;
  return {
    supervised: supervised ?? usual.supervised,
    reward: reward ?? usual.reward,
    preference: preference ?? usual.preference,
    evaluation: evaluation ?? usual.evaluation,
  };
}

interface Models extends Pick<StudyPlan, 'corpus' | 'policy' | 'gold'> {
  /** What the gold model starts from, another policy than the one that is trained; absent where nothing needs it. */
  readonly base?: Stage<'sft'> | undefined;
}

/** The SFT policy and the judge, which all seeds share. */
async function modelStages(
  settings: PolicyStudySettings,
  corpus: Stage<'corpus'>,
  backend: string,
  hashes: ContentHashes,
): Promise<Models> {
  const { policy, supervised, gold } = settings;
  const { seed, maxPromptTokens, maxResponseTokens: maxNewTokens } = settings.corpus;
  const { longPrompts, longResponses } = settings.corpus;
  const maxPositions = maxPromptTokens + maxNewTokens;
  const sft = async (setting: string, model: StudyModel, how: PolicyStudySettings['supervised']) =>
    stageSpec(
      stageKinds.sft,
      { model: await hashedModel(setting, model, hashes), supervised: how, maxPositions, seed },
      { corpus },
      backend,
    );
  const trained = await sft('policy', policy, supervised);
  const { judge, training, validationFraction } = gold;
  const ofGold = () => sft('gold.model', gold.model, gold.supervised);
  if (isScorerName(judge)) {
    const isRead = settings.evaluation.secondJudge || settings.runs.some(({ data }) => data === 'D0');
    const base = isRead ? await ofGold() : undefined;
    const judgeHash = await hashes.judge('gold.judge', judge);
    return {
      corpus,
      policy: trained,
      base,
      gold: stageSpec(
        stageKinds.judge,
        {
          judge,
          ...(judgeHash && { judgeHash }),
          ...(isLanguageModel(judge) && { asked: await questions(settings) }),
          ...(await labelsOf(settings, hashes)),
        },
        { corpus },
        backend,
        judgeHints(settings),
      ),
    };
  }
  const sourceHash = await hashes.source('gold.judge', judge);
  const base = await ofGold();
  return {
    corpus,
    policy: trained,
    base,
    gold: stageSpec(
      stageKinds.gold,
      {
        judge,
        training,
        validationFraction,
        maxPromptTokens,
        maxNewTokens,
        longPrompts,
        longResponses,
        seed,
        ...(sourceHash && { sourceHash }),
        ...chatOf(settings),
      },
      { corpus, policy: trained, base },
      backend,
    ),
  };
}

/** What decides the verdicts of a language model: its template as text, so that another text is another judge. */
async function questions({
  judge,
  api: { parameters },
}: PolicyStudySettings): Promise<NonNullable<Stage<'judge'>['settings']['asked']>> {
  const { template, ...rest } = judge;
  return {
    judge: { ...rest, ...(template !== undefined && { template: await readJudgeTemplate(template) }) },
    ...(parameters && { parameters }),
  };
}

/** Labels that a judge is compared with. */
async function labelsOf(
  settings: PolicyStudySettings,
  hashes: ContentHashes,
): Promise<Pick<Stage<'judge'>['settings'], 'labels'>> {
  const { pairs, limit } = settings.agreement;
  if (pairs === undefined) return {};
  const { maxPromptTokens, maxResponseTokens } = settings.corpus;
  const sourceHash = await hashes.source('agreement.pairs', pairs);
  const lengths = { maxPromptTokens, maxResponseTokens };
  return { labels: { pairs, limit, ...lengths, ...(sourceHash && { sourceHash }), ...chatOf(settings) } };
}

/** Pairs in plain text are messages where the study's source is; any other template is the corpus's own. */
function chatOf({ template }: PolicyStudySettings): { readonly template?: 'chat' } {
  return template === 'chat' ? { template } : {};
}

/** Budget, cache, and patience with a judge that answers requests, for the stages that ask it. */
function judgeHints(settings: PolicyStudySettings): unknown {
  const { judge } = settings.gold;
  const isAsked = isLanguageModel(judge) || /^https?:/.test(judge);
  return isAsked ? withoutPractice(settings).practice.api : undefined;
}

/** A model with the hash of its folder, where it is in one. */
async function hashedModel(
  setting: string,
  model: StudyModel,
  hashes: ContentHashes,
): Promise<Stage<'sft'>['settings']['model']> {
  if (!('pretrained' in model)) return model;
  const key = `${setting}.pretrained`;
  const pretrained = await localFolder(key, model.pretrained);
  const folderHash = await hashes.model(key, pretrained);
  return { pretrained, ...(folderHash && { folderHash }) };
}

/** A model's folder; a name on the Hub stays as it is, since a plan downloads nothing. */
async function localFolder(setting: string, model: string): Promise<string> {
  return existsSync(model) ? readable(setting, model, locateModel(model)) : model;
}

type ObjectiveHash = Pick<Stage<'preference'>['settings'], 'objectiveHash'>;

/** The runs of one seed. */
function runStages(
  settings: PolicyStudySettings,
  { corpus, policy, base, gold }: Models,
  {
    seed,
    backend,
    readsReference,
  }: { readonly seed: number; readonly backend: string; readonly readsReference: boolean },
): {
  readonly offline: (run: StudyRunSettings, hash: ObjectiveHash) => Pick<PlannedRun, 'stage' | 'pairs'>;
  readonly online: (run: StudyRunSettings, hash: ObjectiveHash) => Pick<PlannedRun, 'stage'>;
} {
  const { preference } = settings;
  const { weightedPairs, against, secondJudge: _, largerBeta: __, ...evaluation } = settings.evaluation;
  const maxNewTokens = settings.corpus.maxResponseTokens;
  const { microBatchSize } = preference;
  const hints = judgeHints(settings);
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
    offline: (run, hash) => {
      const {
        method: { title: _, behavior, ...method },
        beta,
        data,
        training,
      } = run;
      const learned = pairsOf[data]();
      const stage = stageSpec(
        stageKinds.preference,
        {
          // On D1 the reference is the behavior policy, and nobody knows that of D0: the run is the one without.
          method: behavior === 'data' && isOfKnownPolicy(data) ? { ...method, behavior } : method,
          ...hash,
          beta,
          training: { ...preference, ...training },
          ...(method.importance !== 'none' &&
            isEvaluatedAlong(settings, run) && { finalLogProbs: weightedPairs }),
          ...measuredOf(run),
        },
        { ...measuring, pairs: learned },
        backend,
        hints,
      );
      return { stage, pairs: learned };
    },
    online: (run, hash) => {
      const {
        method: { title: _, ...method },
        beta,
      } = run;
      const { training, samples, proxy: own } = settings.online;
      const proxy = stageSpec(stageKinds.proxy, { ...own, seed }, { corpus, policy, pairs: d1 }, backend);
      const stage = stageSpec(
        stageKinds.online,
        { method, ...hash, beta, training, samples, ...measuredOf(run) },
        { ...measuring, proxy },
        backend,
        hints,
      );
      return { stage };
    },
  };
}
