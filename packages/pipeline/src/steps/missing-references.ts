import type { CausalLanguageModel } from '@ais/language-model';
import type { StepContext } from '../context.js';
import { type CorpusExample, responseText } from '../corpus/corpus.js';
import { counted } from '../corpus/counted-lengths.js';
import type { ModelText } from '../corpus/model-text.js';

/** Who answers prompts that came alone, and how. */
export interface AnsweringOptions {
  /** The model, as a message calls it. */
  readonly name: string;
  /** It is disposed of. */
  readonly loadModel: () => Promise<CausalLanguageModel>;
  readonly text: ModelText;
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly seed: number;
}

/**
 * Gives prompts that came alone what a model answers as their references, so that a policy has something to be compared with. At the
 * same temperature and seed the model itself would win half of them, in ties.
 *
 * @param examples those with a response stay as they are
 */
export async function withReferences(
  examples: readonly CorpusExample[],
  { name, loadModel, text, maxNewTokens, temperature, seed }: AnsweringOptions,
  { title, signal, onProgress, onWarning }: StepContext,
): Promise<readonly CorpusExample[]> {
  const alone = [...examples.keys()].filter((index) => examples[index]?.responseText === '');
  if (alone.length === 0) return examples;
  const model = await loadModel();
  onWarning(
    `${counted(alone.length, 'prompt')} without a response: the policy is compared with what ${name} answers.`,
  );
  try {
    const answers = await model.generate(
      alone.map((index) => examples[index]?.prompt ?? []),
      {
        maxNewTokens,
        temperature,
        seed,
        streams: alone,
        signal,
        onProgress: ({ finishedResponses }) =>
          onProgress({ task: `references of ${title}`, completed: finishedResponses, total: alone.length }),
      },
    );
    const decode = responseText(text);
    const answered = [...examples];
    for (const { prompt, tokens } of answers) {
      const index = alone[prompt] as number;
      const example = examples[index] as CorpusExample;
      answered[index] = { ...example, response: tokens, responseText: decode(tokens, example.prompt) };
    }
    return answered;
  } finally {
    model.dispose();
  }
}
