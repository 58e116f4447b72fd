import { formatPrompt } from '@ais/data';
import { loadPretrained } from '@ais/language-model';
import { writeJsonLines } from '../json-lines.js';
import type { CommandContext } from './command-context.js';
import { openCorpus } from './corpus.js';
import { modelFolder } from './model-folder.js';
import type { Settings } from './settings.js';

/** One line of what `ais generate` writes. */
export interface GeneratedLine {
  readonly id: string;
  readonly sample: number;
  readonly prompt: readonly number[];
  readonly response: readonly number[];
  readonly promptText: string;
  /** The post of the prompt's record, which the oracle judges by. */
  readonly post: string;
  readonly responseText: string;
  readonly finished: boolean;
  /** log μ of the response, nats; only where it was drawn from μ itself: at temperature 1 and without truncation. */
  readonly logProb?: number;
}

export interface GenerateOutcome {
  readonly path: string;
  readonly responses: number;
  readonly tokens: number;
  readonly finished: number;
}

/** `ais generate`: sampled responses to the prompts of a source, one JSON object a line. */
export async function runGenerate(
  settings: Settings<'generate'>,
  path: string,
  { signal, onProgress }: Pick<CommandContext, 'signal' | 'onProgress'>,
): Promise<GenerateOutcome> {
  const { split, prompts: count, samples, temperature, topK, topP, data, seed } = settings;
  const folder = await modelFolder(settings.model, 'model');
  const corpus = await openCorpus(settings, { [split]: count }, folder);
  const examples = corpus.examples(split, count);
  const model = await loadPretrained(folder);
  try {
    const generations = await model.generate(
      examples.map(({ prompt }) => prompt),
      {
        maxNewTokens: data.maxResponseTokens,
        temperature,
        samples,
        seed,
        ...(topK !== undefined && { topK }),
        ...(topP !== undefined && { topP }),
        signal,
        onProgress: ({ finishedResponses, responses }) =>
          onProgress({ task: 'generate', completed: finishedResponses, total: responses }),
      },
    );
    const exact = temperature === 1 && topK === undefined && topP === undefined;
    const { endOfTextToken } = corpus.tokenizer;
    const lines = generations.flatMap(({ prompt, sample, tokens, logProbs, finished }): GeneratedLine[] => {
      const example = examples[prompt];
      if (!example) return [];
      return [
        {
          id: example.id,
          sample,
          prompt: example.prompt,
          response: tokens,
          promptText: formatPrompt(example.record),
          post: example.record.post,
          responseText: corpus.tokenizer.decode(tokens.filter((token) => token !== endOfTextToken)),
          finished,
          ...(exact && { logProb: logProbs.reduce((sum, value) => sum + value, 0) }),
        },
      ];
    });
    await writeJsonLines(path, lines);
    return {
      path,
      responses: lines.length,
      tokens: lines.reduce((sum, { response }) => sum + response.length, 0),
      finished: lines.filter(({ finished }) => finished).length,
    };
  } finally {
    model.dispose();
  }
}
