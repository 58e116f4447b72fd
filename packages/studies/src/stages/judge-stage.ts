import { verifyScorer } from '@ais/gold-eval';
import { examplesOf, openCorpus, openScorer } from '@ais/pipeline';
import type { StageContext } from '@ais/workflow';
import { keepJudge } from './judge-folder.js';

export interface JudgeStageSettings {
  /** As `openScorer` of @ais/pipeline takes it. */
  readonly judge: string;
  /** Of a module or a model's folder: SHA-256 of what is in it. */
  readonly judgeHash?: string | undefined;
}

export interface JudgeStageSummary {
  /** What the judge calls itself. */
  readonly name: string;
}

/** Examples that a judge is tried on. */
const TRIED = 8;

/**
 * Lets a judge of somebody else's stand for the gold model: tries it on a few responses, so that one that does not
 * answer, or answers twice in different ways, is noticed before anything is trained.
 */
export async function tryJudge(
  { judge }: JudgeStageSettings,
  inputs: Readonly<Record<'corpus', string>>,
  { directory, signal }: StageContext,
): Promise<JudgeStageSummary> {
  const corpus = await openCorpus(inputs.corpus);
  const { scorer, dispose } = await openScorer(judge, { text: corpus });
  try {
    const tried = examplesOf(corpus, 'evaluation', TRIED).map(({ prompt, response }) => ({
      prompt,
      response,
    }));
    await verifyScorer(scorer, tried, { signal });
    await keepJudge(directory, judge);
    return { name: scorer.name };
  } finally {
    dispose();
  }
}
