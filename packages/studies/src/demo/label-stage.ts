import { join } from 'node:path';
import { type PreferencePairsCounts, preferencePairs, type TokenizedPair } from '@ais/data';
import { loadPretrained, loadRewardModel } from '@ais/language-model';
import { computeReferenceLogProbs, scoreSequences } from '@ais/trainer';
import { readJsonLines, writeJsonLines } from '../json-lines.js';
import { runStage, type StageRecord } from '../stage.js';
import type { DemoContext } from './demo-context.js';
import { loadCorpusTokenizer, loadSplit } from './demo-corpus.js';
import { sampleResponses } from './sample-responses.js';

export interface LabelSummary extends PreferencePairsCounts {
  /** Mean of the chosen response's gold reward minus the rejected one's. */
  readonly meanMargin: number;
}

/**
 * Samples two responses a prompt from the SFT policy, lets the gold model order them, and computes their
 * reference log-probabilities, which every method uses.
 */
export async function labelPreferences(
  context: DemoContext,
  goldKey: string,
): Promise<StageRecord<LabelSummary>> {
  const { settings, signal } = context;
  const { microBatchSize, seed } = settings;
  return runStage({
    name: 'preferences',
    directory: join(context.directory, 'preferences'),
    inputs: { goldKey, seed, microBatchSize },
    run: async (directory) => {
      const examples = await loadSplit(context.directory, 'preference');
      const { endOfTextToken } = await loadCorpusTokenizer(context.directory);
      const policy = await loadPretrained(join(context.directory, 'sft', 'model'));
      const gold = await loadRewardModel(join(context.directory, 'gold', 'model'));
      try {
        const samples = await sampleResponses(context, policy, examples, 2, 'preference samples');
        const responses = samples.flatMap((own, prompt) => own.map((tokens) => ({ prompt, tokens })));
        const scores = await scoreSequences(
          gold,
          responses.map(({ prompt, tokens }) => [...(examples[prompt]?.prompt ?? []), ...tokens]),
          {
            signal,
            onProgress: (completed, total) => context.progress({ task: 'gold labels', completed, total }),
          },
        );
        const { pairs, counts } = preferencePairs(
          examples,
          responses.map((response, index) => ({ ...response, score: scores[index] ?? Number.NaN })),
          { endOfTextToken },
        );
        await writeJsonLines(join(directory, 'pairs.jsonl'), pairs);
        await computeReferenceLogProbs(policy, pairs, {
          microBatchSize,
          path: referencePath(context.directory),
          signal,
          onProgress: (completed, total) =>
            context.progress({ task: 'reference', completed, total, detail: 'log-probabilities' }),
        });
        const meanMargin = pairs.reduce((sum, { margin }) => sum + margin, 0) / pairs.length;
        return { ...counts, meanMargin };
      } finally {
        policy.dispose();
        gold.dispose();
      }
    },
  });
}

export function loadPreferencePairs(directory: string): Promise<TokenizedPair[]> {
  return readJsonLines(join(directory, 'preferences', 'pairs.jsonl'));
}

/** Where the reference log-probabilities of a run's pairs are kept. */
export function referencePath(directory: string): string {
  return join(directory, 'preferences', 'reference-log-probs.json');
}
