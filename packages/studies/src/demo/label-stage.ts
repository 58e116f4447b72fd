import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TokenizedPair, preferencePairs } from '@ais/data';
import { loadPretrained, loadRewardModel } from '@ais/language-model';
import { scoreSequences } from '@ais/trainer';
import { type StageRecord, runStage, writeWhole } from '../stage.js';
import type { DemoContext } from './demo-context.js';
import { loadSplit } from './demo-corpus.js';
import { sampleResponses } from './sample-responses.js';

export interface LabelSummary {
  readonly pairs: number;
  readonly identical: number;
  readonly empty: number;
  readonly ties: number;
  /** Mean of the chosen response's gold reward minus the rejected one's. */
  readonly meanMargin: number;
}

/** Samples two responses a prompt from the SFT policy and lets the gold model order them. */
export async function labelPreferences(context: DemoContext, goldKey: string): Promise<StageRecord<LabelSummary>> {
  const { settings } = context;
  return runStage({
    name: 'preferences',
    directory: join(context.directory, 'preferences'),
    inputs: { goldKey, seed: settings.seed },
    run: async (directory) => {
      const examples = await loadSplit(context.directory, 'preference');
      const policy = await loadPretrained(join(context.directory, 'sft', 'model'));
      const gold = await loadRewardModel(join(context.directory, 'gold', 'model'));
      try {
        const samples = await sampleResponses(context, policy, examples, 2, 'preference samples');
        const sequences = examples.flatMap(({ prompt }, index) =>
          (samples[index] ?? []).map((response) => [...prompt, ...response]),
        );
        const rewards = scoreSequences(gold, sequences);
        const { pairs, counts, margins } = preferencePairs(
          examples.map(({ id, prompt }, index) => ({
            id,
            prompt,
            responses: samples[index] ?? [],
            scores: [rewards[2 * index], rewards[2 * index + 1]],
          })),
        );
        await writeWhole(join(directory, 'pairs.jsonl'), `${pairs.map((pair) => JSON.stringify(pair)).join('\n')}\n`);
        return { pairs: pairs.length, ...counts, meanMargin: margins.reduce((a, b) => a + b, 0) / margins.length };
      } finally {
        policy.dispose();
        gold.dispose();
      }
    },
  });
}

export async function loadPreferencePairs(directory: string): Promise<TokenizedPair[]> {
  const lines = (await readFile(join(directory, 'preferences', 'pairs.jsonl'), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as TokenizedPair);
}
