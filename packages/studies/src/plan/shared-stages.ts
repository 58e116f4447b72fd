import { existsSync } from 'node:fs';
import { readJudgeTemplate } from '@ais/gold-eval/node';
import { locateModel } from '@ais/language-model';
import { type CorpusRequest, isAddress, isLanguageModel, isScorerName, type Wanted } from '@ais/pipeline';
import { moduleOf, scales, withoutPractice } from '@ais/pipeline/settings';
import { sha256 } from '@ais/runtime/files';
import { stageSpec } from '@ais/workflow';
import type { PolicyStudySettings, StudyCorpusSettings, StudyModel } from '../settings/study-settings.js';
import { type ContentHashes, readable } from '../stages/content-hashes.js';
import { type Stage, stageKinds } from '../stages/stage-kinds.js';
import type { JudgeHints, NamedFiles } from './named-files.js';

/** The files of a study, with the hashes of what is in them. */
export interface StudyFiles {
  readonly hashes: ContentHashes;
  readonly named: NamedFiles;
}

/** The text of all runs. */
export async function corpusStage(
  settings: PolicyStudySettings,
  { hashes, named }: StudyFiles,
): Promise<Stage<'corpus'>> {
  const { source, template, policy, corpus } = settings;
  const file = typeof template === 'string' ? template : undefined;
  const tokenizer =
    'pretrained' in policy ? await localFolder('policy.pretrained', policy.pretrained) : undefined;
  const own: Stage<'corpus'>['settings'] = {
    request: corpusRequest({
      ...settings,
      source: named.name('source', source, await hashes.source('source', source)),
      ...(file !== undefined && {
        template: named.name('template', file, await hashes.template('template', file)),
      }),
    }),
    vocabularySize: corpus.vocabularySize,
    ...(tokenizer !== undefined && {
      tokenizer: named.name('tokenizer', tokenizer, await hashes.tokenizer('policy.pretrained', tokenizer)),
    }),
  };
  return stageSpec(stageKinds.corpus, own, {}, undefined, named.hints(own));
}

function corpusRequest({
  source,
  columns,
  template,
  templateVariables,
  corpus,
}: PolicyStudySettings): CorpusRequest {
  const { seed, splits, maxPromptTokens, maxResponseTokens, longPrompts, longResponses } = corpus;
  const { supervised, reward, preference, evaluation } = corpus;
  const wanted = (records: number | undefined): Wanted =>
    records === undefined ? 'all' : { exactly: records };
  return {
    source,
    columns,
    template,
    templateVariables,
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

/** What all runs of a study rest on. */
export interface Models {
  readonly corpus: Stage<'corpus'>;
  /** The SFT model that all runs start from. */
  readonly policy: Stage<'sft'>;
  /** The judge of all runs: a gold model that is trained, or an external judge. */
  readonly gold: Stage<'gold'> | Stage<'judge'>;
  /** What the gold model starts from, another policy than the one that is trained; absent where nothing needs it. */
  readonly base?: Stage<'sft'> | undefined;
}

/** The SFT policy and the judge, which all seeds share. */
export async function modelStages(
  settings: PolicyStudySettings,
  corpus: Stage<'corpus'>,
  backend: string,
  files: StudyFiles,
): Promise<Models> {
  const { policy, supervised, gold } = settings;
  const { seed, maxPromptTokens, maxResponseTokens } = settings.corpus;
  const maxPositions = maxPromptTokens + maxResponseTokens;
  const sft = async (setting: string, model: StudyModel, how: PolicyStudySettings['supervised']) => {
    const own = { model: await namedModel(setting, model, files), supervised: how, maxPositions, seed };
    return stageSpec(stageKinds.sft, own, { corpus }, backend, files.named.hints(own));
  };
  const trained = await sft('policy', policy, supervised);
  const ofGold = () => sft('gold.model', gold.model, gold.supervised);
  if (isScorerName(gold.judge)) {
    const isRead = settings.evaluation.secondJudge || settings.runs.some(({ data }) => data === 'D0');
    const base = isRead ? await ofGold() : undefined;
    return { corpus, policy: trained, base, gold: await judgeStage(settings, corpus, backend, files) };
  }
  const base = await ofGold();
  return {
    corpus,
    policy: trained,
    base,
    gold: await goldStage(settings, { corpus, policy: trained, base }, backend, files),
  };
}

/** A judge that needs no training. */
async function judgeStage(
  settings: PolicyStudySettings,
  corpus: Stage<'corpus'>,
  backend: string,
  { hashes, named }: StudyFiles,
): Promise<Stage<'judge'>> {
  const { judge } = settings.gold;
  const isPackage = moduleOf(judge)?.kind === 'package';
  const own = {
    judge: named.name('gold.judge', judge, await hashes.judge('gold.judge', judge)),
    ...(isPackage && named.hashed('gold.judge', 'judgeHash', await hashes.package('gold.judge', judge))),
    ...(isLanguageModel(judge) && { asked: await questions(settings, named) }),
    ...(await labelsOf(settings, { hashes, named })),
  };
  const hints = named.hints(own, { api: patienceWithJudge(settings) });
  return stageSpec(stageKinds.judge, own, { corpus }, backend, hints);
}

/** The gold model, which is trained. */
async function goldStage(
  settings: PolicyStudySettings,
  needs: Required<Pick<Models, 'corpus' | 'policy'>> & { readonly base: Stage<'sft'> },
  backend: string,
  { hashes, named }: StudyFiles,
): Promise<Stage<'gold'>> {
  const { judge, training, validationFraction } = settings.gold;
  const { seed, maxPromptTokens, maxResponseTokens: maxNewTokens } = settings.corpus;
  const { longPrompts, longResponses } = settings.corpus;
  const own = {
    judge: named.name('gold.judge', judge, await hashes.source('gold.judge', judge)),
    training,
    validationFraction,
    maxPromptTokens,
    maxNewTokens,
    longPrompts,
    longResponses,
    seed,
    ...chatOf(settings),
  };
  return stageSpec(stageKinds.gold, own, needs, backend, named.hints(own));
}

/** What decides the verdicts of a language model: its template as text, so that another text is another judge. */
async function questions(
  { judge, api: { parameters } }: PolicyStudySettings,
  named: NamedFiles,
): Promise<NonNullable<Stage<'judge'>['settings']['asked']>> {
  const { template: file, ...rest } = judge;
  const template = file === undefined ? undefined : await readJudgeTemplate(file);
  if (template !== undefined) named.hashes['judge.template'] = sha256(template);
  return {
    judge: { ...rest, ...(template !== undefined && { template }) },
    ...(parameters && { parameters }),
  };
}

/** Labels that a judge is compared with. */
async function labelsOf(
  settings: PolicyStudySettings,
  { hashes, named }: StudyFiles,
): Promise<Pick<Stage<'judge'>['settings'], 'labels'>> {
  const { pairs, limit } = settings.agreement;
  if (pairs === undefined) return {};
  const { maxPromptTokens, maxResponseTokens } = settings.corpus;
  const source = named.name('agreement.pairs', pairs, await hashes.source('agreement.pairs', pairs));
  return { labels: { pairs: source, limit, maxPromptTokens, maxResponseTokens, ...chatOf(settings) } };
}

/** Pairs in plain text are messages where the study's source is; any other template is the corpus's own. */
function chatOf({ template }: PolicyStudySettings): { readonly template?: 'chat' } {
  return template === 'chat' ? { template } : {};
}

/** Budget, cache, and patience with a judge that answers requests, for the stages that ask it. */
export function patienceWithJudge(settings: PolicyStudySettings): JudgeHints['api'] {
  const { judge } = settings.gold;
  const isAsked = isLanguageModel(judge) || isAddress(judge);
  return isAsked ? withoutPractice(settings).practice.api : undefined;
}

/** A model as stages name it: in a folder by its content. */
async function namedModel(
  setting: string,
  model: StudyModel,
  { hashes, named }: StudyFiles,
): Promise<StudyModel> {
  if (!('pretrained' in model)) return model;
  const key = `${setting}.pretrained`;
  const folder = await localFolder(key, model.pretrained);
  return { pretrained: named.name(key, folder, await hashes.model(key, folder)) };
}

/** A model's folder; a name on the Hub stays as it is, since a plan downloads nothing. */
async function localFolder(setting: string, model: string): Promise<string> {
  return existsSync(model) ? readable(setting, model, locateModel(model)) : model;
}
