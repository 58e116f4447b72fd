import { join } from 'node:path';
import type { Judge } from '@ais/gold-eval';
import { loadRewardModel, type PromptResponse } from '@ais/language-model';
import { isLanguageModel, type ModelText, type OpenScorer, openScorer } from '@ais/pipeline';
import { type ApiSettings, type JudgingSettings, usualJudging } from '@ais/pipeline/settings';
import { readJson, writeJson } from '@ais/runtime/files';
import { rewardModelScorer } from '@ais/trainer/inference';
import { StudyError } from '../errors.js';
import { type StageHints, withFiles } from './content-names.js';

/** In the folder of a gold stage whose judge needs no training. */
const JUDGE = 'judge.json';

/** A judge of your own. */
export interface ForeignJudge {
  /** As `openScorer` of @ais/pipeline takes it; a file or a folder by its content. */
  readonly name: string;
  /** How a language model judges, its template as text. */
  readonly asked?: LanguageModelQuestions | undefined;
}

/** What decides the verdicts of a language model. */
export interface LanguageModelQuestions extends Pick<JudgingSettings, 'judge'> {
  readonly parameters?: ApiSettings['parameters'];
}

interface KeptJudge extends ForeignJudge {
  /** What the judge calls itself. */
  readonly identity: string;
}

/** Records in a gold stage's folder that a judge of your own takes the place of the gold model. */
export function keepJudge(directory: string, judge: KeptJudge): Promise<void> {
  return writeJson(join(directory, JUDGE), judge);
}

/**
 * Opens a judge of your own.
 *
 * @param hints what a stage is told of budget, cache, and patience, and of the places of files
 */
export function openForeignJudge(
  { name, asked }: ForeignJudge,
  text: ModelText,
  hints: unknown,
): Promise<OpenScorer> {
  const { parameters, judge = usualJudging.judge } = asked ?? {};
  const { files: _, judge: __, ...practice } = (hints ?? {}) as StageHints;
  const api = { ...usualJudging.api, ...practice, parameters };
  return openScorer(withFiles(name, hints), { text, judging: { api, judge } });
}

/**
 * The judge of a gold stage: its reward model, or the judge that takes its place.
 *
 * A store may be a stranger's, so what its folder names is opened only where the plan names the same.
 *
 * @throws {StudyError} `another-judge` where the folder names another judge than the plan, or the judge calls itself otherwise than
 *   when it was tried
 */
export async function openGold(
  directory: string,
  text: ModelText,
  hints: unknown,
): Promise<{ readonly scorer: Judge<PromptResponse>; dispose(): void }> {
  const kept = await readJson<KeptJudge>(join(directory, JUDGE));
  if (!kept) {
    const model = await loadRewardModel(join(directory, 'model'));
    return { scorer: await rewardModelScorer(model), dispose: () => model.dispose() };
  }
  const { judge = 'none' } = (hints ?? {}) as StageHints;
  if (kept.name !== judge) {
    throw new StudyError(
      'another-judge',
      `gold.judge: ${directory} holds the judge ${kept.name}, and the judge of this study is ${judge}. Choose another store (--store).`,
    );
  }
  const opened = await openForeignJudge(kept, text, hints);
  if (opened.scorer.name === kept.identity) return opened;
  opened.dispose();
  throw new StudyError(
    'another-judge',
    `gold.judge: ${withFiles(kept.name, hints)} was tried as "${kept.identity}" and is "${opened.scorer.name}" now${
      isLanguageModel(kept.name) ? ': OPENAI_BASE_URL names another server' : ''
    }. Set it as it was, or choose another store (--store).`,
  );
}
