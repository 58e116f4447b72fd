import { join } from 'node:path';
import type { Judge } from '@ais/gold-eval';
import { loadRewardModel, type PromptResponse } from '@ais/language-model';
import { type ModelText, type OpenScorer, openScorer } from '@ais/pipeline';
import { type ApiSettings, type JudgingSettings, usualJudging } from '@ais/pipeline/settings';
import { readJson, writeJson } from '@ais/runtime/files';
import { rewardModelScorer } from '@ais/trainer/inference';
import { StudyError } from '../errors.js';

/** In the folder of a gold stage whose judge needs no training. */
const JUDGE = 'judge.json';

/** A judge of your own. */
export interface ForeignJudge {
  /** As `openScorer` of @ais/pipeline takes it. */
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
 * @param hints what a stage is told of budget, cache, and patience
 */
export function openForeignJudge(
  { name, asked }: ForeignJudge,
  text: ModelText,
  hints: unknown,
): Promise<OpenScorer> {
  const { parameters, judge = usualJudging.judge } = asked ?? {};
  const api = { ...usualJudging.api, ...(hints as Partial<ApiSettings> | undefined), parameters };
  return openScorer(name, { text, judging: { api, judge } });
}

/**
 * The judge of a gold stage: its reward model, or the judge that takes its place.
 *
 * @throws {StudyError} `another-judge` where a language model is not the one that was tried, because the server is another one
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
  const opened = await openForeignJudge(kept, text, hints);
  if (kept.asked === undefined || opened.scorer.name === kept.identity) return opened;
  opened.dispose();
  throw new StudyError(
    'another-judge',
    `gold.judge: ${kept.name} was tried as "${kept.identity}" and is "${opened.scorer.name}" now: OPENAI_BASE_URL names another server. ` +
      'Set it as it was, or choose another store (--store).',
  );
}
