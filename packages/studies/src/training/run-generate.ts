import { rm } from 'node:fs/promises';
import { loadPretrained, locateModel } from '@ais/language-model';
import { type Json, sampleResponses } from '@ais/trainer';
import { writeJsonLines } from '../json-lines.js';
import type { CommandContext } from './command-context.js';
import { openCorpus } from './corpus.js';
import type { Settings } from './settings.js';
import { partialPath } from './stored-settings.js';

/** One line of what `ais generate` writes. */
export interface GeneratedLine {
  readonly id: string;
  readonly sample: number;
  readonly prompt: readonly number[];
  readonly response: readonly number[];
  readonly promptText: string;
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

/**
 * `ais generate`: sampled responses to the prompts of a source, one JSON object a line.
 *
 * Prompts are sampled in parts, and a finished part is kept beside the file: what an interrupted call has sampled is not
 * sampled again.
 */
export async function runGenerate(
  settings: Settings<'generate'>,
  path: string,
  context: Omit<CommandContext, 'directory'>,
): Promise<GenerateOutcome> {
  const { split, prompts: count, samples, temperature, topK, topP, data, seed } = settings;
  const folder = await locateModel(settings.model);
  const corpus = await openCorpus(settings, { [split]: count }, folder);
  const examples = corpus.examples(split, count);
  const model = await loadPretrained(folder);
  try {
    const responses = await sampleResponses(
      model,
      examples.map(({ prompt }) => prompt),
      {
        ...{ samples, temperature, maxNewTokens: data.maxResponseTokens, seed },
        ...(topK !== undefined && { topK }),
        ...(topP !== undefined && { topP }),
        ...{ path: partialPath(path), resume: context.resume, signal: context.signal },
        inputs: { command: 'generate', settings: JSON.parse(JSON.stringify(settings)) as Json },
        onProgress: (completed, total) => context.onProgress({ task: 'generate', completed, total }),
      },
    );
    const exact = temperature === 1 && topK === undefined && topP === undefined;
    const { endOfTextToken } = corpus.tokenizer;
    const lines = examples.flatMap((example, index) =>
      (responses[index] ?? []).map(
        ({ tokens, logProb, finished }, sample): GeneratedLine => ({
          id: example.id,
          sample,
          prompt: example.prompt,
          response: tokens,
          promptText: corpus.tokenizer.decode(example.prompt),
          responseText: corpus.tokenizer.decode(tokens.filter((token) => token !== endOfTextToken)),
          finished,
          ...(exact && { logProb }),
        }),
      ),
    );
    await writeJsonLines(path, lines);
    await rm(partialPath(path), { force: true });
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
