import { rm } from 'node:fs/promises';
import { loadPretrained, locateModel } from '@ais/language-model';
import { writeJsonLines } from '@ais/runtime/files';
import { sampleResponses } from '@ais/trainer/inference';
import type { RunContext } from '../context.js';
import { examplesOf, responseText } from '../corpus/corpus.js';
import { corpusRequest } from '../corpus/corpus-request.js';
import type { GeneratedResponse } from '../corpus/generated-responses.js';
import { openModelText, tokenOwner } from '../corpus/model-text.js';
import { prepareCorpus } from '../corpus/prepare-corpus.js';
import type { Settings } from '../settings/command-settings.js';
import { presetScale } from '../settings/presets.js';
import { partialPath } from './stored-settings.js';
import { noSource } from './training-inputs.js';

export interface GenerateOutcome {
  readonly path: string;
  readonly responses: number;
  readonly tokens: number;
  readonly finished: number;
}

/**
 * `ais generate`: sampled responses to the prompts of a source, one JSON object per line.
 *
 * What an interrupted call has sampled is kept beside the file, and is not sampled again.
 */
export async function runGenerate(
  settings: Settings<'generate'>,
  path: string,
  context: Omit<RunContext, 'directory'>,
): Promise<GenerateOutcome> {
  const { source, split, prompts, samples, temperature, topK, topP, data, seed } = settings;
  const { resume, signal, onProgress } = context;
  if (source === undefined) throw noSource('Its prompts are what the model answers.');
  const folder = await locateModel(settings.model);
  const corpus = await prepareCorpus(
    corpusRequest({ ...settings, source }, { [split]: prompts ?? 'all' }, presetScale(settings.preset)),
    { model: await openModelText(folder) },
    { ...context, title: 'text' },
  );
  const examples = examplesOf(corpus, split);
  const model = await loadPretrained(folder);
  try {
    const sampled = await sampleResponses(
      model,
      examples.map(({ prompt }) => prompt),
      {
        ...{ samples, maxNewTokens: data.maxResponseTokens, temperature, seed, resume, signal },
        ...(topK !== undefined && { topK }),
        ...(topP !== undefined && { topP }),
        path: partialPath(path),
        inputs: { command: 'generate', settings: JSON.parse(JSON.stringify(settings)) },
        onProgress: (completed, total) => onProgress({ task: context.title, completed, total }),
      },
    );
    const exact = temperature === 1 && topK === undefined && topP === undefined;
    const decode = responseText(corpus);
    const owner = tokenOwner(corpus);
    const lines = examples.flatMap(({ id, prompt, promptText, family }, index) =>
      (sampled[index] ?? []).map(
        ({ tokens, logProb, finished }, sample): GeneratedResponse => ({
          ...{ id, sample, prompt, response: tokens, promptText, responseText: decode(tokens), finished },
          ...(family !== undefined && { family }),
          ...(exact && { logProb }),
          ...owner,
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
