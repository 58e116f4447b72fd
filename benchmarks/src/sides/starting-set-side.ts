import type { ComparisonRecord, Source } from '@ais/data';
import { prepareDataset } from '@ais/data/prepared';
import { trainTokenizer } from '@ais/data/tokenizer';
import { createModel, savePretrained } from '@ais/language-model';
import { createRandom, useBackend } from '@ais/runtime';
import type { Side, SideFacts } from './side.js';

export interface StartingSetSettings {
  readonly pairs: number;
  readonly seed: number;
  readonly vocabularySize: number;
  /** Where the set goes: a new folder. */
  readonly prepared: string;
  /** Where the model goes, another one. */
  readonly model: string;
}

/** Of the pairs, those that are held out. */
const HELD_OUT = 0.001;

const PROMPT_WORDS = 8;
const RESPONSE_WORDS = 4;
const WORDS = 30_000;

/** Prepares pairs of short texts, and makes a small model with their tokenizer; there is nothing to measure. */
export async function openStartingSetSide(settings: StartingSetSettings): Promise<Side<SideFacts, never>> {
  const { seed, vocabularySize, prepared } = settings;
  const source = shortPairs(settings);
  const texts: string[] = [];
  for await (const { prompt, chosen } of shortPairs({ ...settings, pairs: 1000 }).records({})) {
    texts.push(prompt + chosen);
  }
  const tokenizer = await trainTokenizer(texts, { vocabularySize });
  await prepareDataset({
    kind: 'comparisons',
    source,
    tokenizer,
    directory: prepared,
    splits: { train: 1 - HELD_OUT, validation: HELD_OUT },
    threads: 1,
  });
  await useBackend('wasm', { threads: 1 });
  const model = createModel(
    {
      vocabularySize: tokenizer.vocabularySize,
      layerCount: 2,
      hiddenSize: 64,
      headCount: 4,
      maxPositions: 512,
      endOfTextTokens: [tokenizer.endOfTextToken],
    },
    { seed },
  );
  await savePretrained(model, settings.model);
  await tokenizer.save(settings.model);
  model.dispose();
  return {
    facts: { versions: { node: process.versions.node } },
    measure: () => Promise.reject(new Error('There is nothing to measure.')),
    close: async () => {},
  };
}

function shortPairs({ pairs, seed }: Pick<StartingSetSettings, 'pairs' | 'seed'>): Source<ComparisonRecord> {
  return {
    name: 'short pairs',
    async *records() {
      const random = createRandom(seed, 'short-pairs');
      const words = (count: number): string =>
        Array.from({ length: count }, () => ` w${random.integer(WORDS).toString(36)}`).join('');
      for (let index = 0; index < pairs; index++) {
        const [prompt, chosen, rejected] = [PROMPT_WORDS, RESPONSE_WORDS, RESPONSE_WORDS].map(words) as [
          string,
          string,
          string,
        ];
        yield { id: `pair-${index}`, prompt: prompt.trimStart(), chosen, rejected };
      }
    },
  };
}
