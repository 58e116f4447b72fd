import { join } from 'node:path';
import type { Scorer } from '@ais/gold-eval';
import { loadRewardModel, type PromptResponse } from '@ais/language-model';
import { type ModelText, openScorer } from '@ais/pipeline';
import { readJson, writeJson } from '@ais/runtime/files';
import { rewardModelScorer } from '@ais/trainer/inference';

/** In the folder of a gold stage whose judge needs no training. */
const JUDGE = 'judge.json';

export interface OpenJudge {
  readonly scorer: Scorer<PromptResponse>;
  dispose(): void;
}

/** Records in a gold stage's folder that a judge of your own takes the place of the gold model. */
export function keepJudge(directory: string, name: string): Promise<void> {
  return writeJson(join(directory, JUDGE), { name });
}

/** The judge of a gold stage: its reward model, or the judge that takes its place. */
export async function openGold(directory: string, text: ModelText): Promise<OpenJudge> {
  const judge = await readJson<{ readonly name: string }>(join(directory, JUDGE));
  if (judge) return openScorer(judge.name, { text });
  const model = await loadRewardModel(join(directory, 'model'));
  return { scorer: await rewardModelScorer(model), dispose: () => model.dispose() };
}
