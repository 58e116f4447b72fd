import { rm } from 'node:fs/promises';
import { formatPrompt } from '@ais/data';
import { type CausalLanguageModel, loadPretrained } from '@ais/language-model';
import { createRandom } from '@ais/runtime';
import { fingerprintExamples, fingerprintParameters, type Json, openPartialWork } from '@ais/trainer';
import { inParts } from '../in-parts.js';
import { writeJsonLines } from '../json-lines.js';
import type { CommandContext } from './command-context.js';
import { type CorpusExample, openCorpus } from './corpus.js';
import { modelFolder } from './model-folder.js';
import type { Settings } from './settings.js';
import { partialPath } from './stored-settings.js';

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

/** Responses in a part: what an interruption may lose. */
const PART_RESPONSES = 256;

/** A response as its part keeps it. */
interface KeptResponse {
  readonly [key: string]: Json;
  readonly tokens: readonly number[];
  readonly logProb: number;
  readonly finished: boolean;
}

/**
 * `ais generate`: sampled responses to the prompts of a source, one JSON object a line.
 *
 * Prompts are sampled in parts, each from its own random stream, and a part that is done is kept beside the file: what an
 * interrupted call has sampled is not sampled again.
 */
export async function runGenerate(
  settings: Settings<'generate'>,
  path: string,
  context: Omit<CommandContext, 'directory'>,
): Promise<GenerateOutcome> {
  const { split, prompts: count, temperature, topK, topP } = settings;
  const folder = await modelFolder(settings.model, 'model');
  const corpus = await openCorpus(settings, { [split]: count }, folder);
  const examples = corpus.examples(split, count);
  const model = await loadPretrained(folder);
  try {
    const responses = await sampleInParts(settings, model, examples, path, context);
    const exact = temperature === 1 && topK === undefined && topP === undefined;
    const { endOfTextToken } = corpus.tokenizer;
    const lines = examples.flatMap((example, index) =>
      (responses[index] ?? []).map(
        ({ tokens, logProb, finished }, sample): GeneratedLine => ({
          id: example.id,
          sample,
          prompt: example.prompt,
          response: tokens,
          promptText: formatPrompt(example.record),
          post: example.record.post,
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

/** The samples of each example, [examples][samples]. */
async function sampleInParts(
  settings: Settings<'generate'>,
  model: CausalLanguageModel,
  examples: readonly CorpusExample[],
  path: string,
  { resume, signal, onProgress }: Omit<CommandContext, 'directory'>,
): Promise<KeptResponse[][]> {
  const { samples, temperature, topK, topP, data, seed } = settings;
  const work = await openPartialWork<readonly KeptResponse[]>(
    partialPath(path),
    {
      command: 'generate',
      settings: JSON.parse(JSON.stringify(settings)) as Json,
      model: await fingerprintParameters(model.parameters),
      prompts: fingerprintExamples(examples.map(({ prompt }) => prompt)),
    },
    resume,
  );
  const found: KeptResponse[][] = examples.map(() => []);
  // The longest first, so that memory peaks at once, and few rows of a batch are padded.
  const order = examples.map((_, index) => index);
  order.sort((a, b) => (examples[b]?.prompt.length ?? 0) - (examples[a]?.prompt.length ?? 0) || a - b);
  const size = Math.ceil(PART_RESPONSES / samples);
  const indicesOf = (part: number): number[] => order.slice(part * size, (part + 1) * size);
  const parts = await inParts(work, Math.ceil(order.length / size), async (part) => {
    const before = part * size * samples;
    const generations = await model.generate(
      indicesOf(part).map((index) => examples[index]?.prompt ?? []),
      {
        maxNewTokens: data.maxResponseTokens,
        temperature,
        samples,
        seed: createRandom(seed, 'generate', part).integer(2 ** 48),
        ...(topK !== undefined && { topK }),
        ...(topP !== undefined && { topP }),
        signal,
        onProgress: ({ finishedResponses }) =>
          onProgress({
            task: 'generate',
            completed: before + finishedResponses,
            total: samples * order.length,
          }),
      },
    );
    return generations.map(({ tokens, logProbs, finished }) => ({
      tokens,
      logProb: logProbs.reduce((sum, value) => sum + value, 0),
      finished,
    }));
  });
  parts.forEach((responses, part) => {
    indicesOf(part).forEach((index, row) => {
      found[index] = responses.slice(row * samples, (row + 1) * samples);
    });
  });
  return found;
}
