import { join } from 'node:path';
import { loadPretrained } from '@ais/language-model';
import { type CorpusExample, examplesOf, openCorpus, type responseText } from '@ais/pipeline';
import { readJsonLines, writeJsonLines } from '@ais/runtime/files';
import { sampleResponses } from '@ais/trainer/inference';
import type { StageContext } from '@ais/workflow';

export interface StartStageSettings {
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly seed: number;
}

export interface StartSummary {
  readonly responses: number;
  /** Tokens of a response, end-of-text included. */
  readonly meanLength: number;
}

/** What the starting policy answered to a prompt of the evaluation split. */
interface StartResponse {
  readonly id: string;
  readonly tokens: readonly number[];
}

/** Lets the policy that all runs start from answer the evaluation's prompts: what later policies are compared with. */
export async function answerAtStart(
  { maxNewTokens, temperature, seed }: StartStageSettings,
  inputs: Readonly<Record<'corpus' | 'policy', string>>,
  { directory, title, signal, progress }: StageContext,
): Promise<StartSummary> {
  const examples = examplesOf(await openCorpus(inputs.corpus), 'evaluation');
  const policy = await loadPretrained(join(inputs.policy, 'model'));
  try {
    const samples = await sampleResponses(
      policy,
      examples.map(({ prompt }) => prompt),
      {
        maxNewTokens,
        temperature,
        seed,
        signal,
        onProgress: (completed, total) => progress({ task: title, completed, total }),
      },
    );
    const responses = examples.map(
      ({ id }, index): StartResponse => ({ id, tokens: samples[index]?.[0]?.tokens ?? [] }),
    );
    await writeJsonLines(join(directory, RESPONSES), responses);
    const tokens = responses.reduce((sum, response) => sum + response.tokens.length, 0);
    return { responses: responses.length, meanLength: tokens / responses.length };
  } finally {
    policy.dispose();
  }
}

const RESPONSES = 'responses.jsonl';

/** The examples with the starting policy's responses instead of their own. */
export async function answeredAtStart(
  directory: string,
  examples: readonly CorpusExample[],
  decode: ReturnType<typeof responseText>,
): Promise<CorpusExample[]> {
  const found = await readJsonLines<StartResponse>(join(directory, RESPONSES));
  const byId = new Map(found.map(({ id, tokens }) => [id, tokens]));
  return examples.map((example) => {
    const response = [...(byId.get(example.id) ?? [])];
    return { ...example, response, responseText: decode(response, example.prompt) };
  });
}
