import { loadPretrained, locateModel } from '@ais/language-model';
import { evaluatePolicy, type JudgedResponse, type Metrics } from '@ais/trainer';
import type { CommandContext } from './command-context.js';
import { openCorpus } from './corpus.js';
import { withoutRecord } from './run-sft.js';
import { openScorer, tokenContext } from './scorers.js';
import type { Settings } from './settings.js';

export interface EvaluateOutcome {
  readonly metrics: Metrics;
  /** The first responses, as text. */
  readonly samples: readonly { readonly id: string; readonly text: string; readonly reward?: number }[];
}

const SAMPLES = 8;

/** `ais evaluate`: loss, win rate, exact KL, and samples of a model. */
export async function runEvaluate(
  settings: Settings<'evaluate'>,
  { signal, onProgress }: Pick<CommandContext, 'signal' | 'onProgress'>,
): Promise<EvaluateOutcome> {
  const { split, prompts, klPrompts, temperature, data, seed } = settings;
  const folder = await locateModel(settings.model);
  const referenceFolder =
    settings.reference === undefined ? undefined : await locateModel(settings.reference);
  const corpus = await openCorpus(settings, { [split]: prompts }, folder);
  const examples = corpus.examples(split, prompts);
  const opened =
    settings.scorer === undefined
      ? undefined
      : await openScorer(settings.scorer, tokenContext(corpus.tokenizer));
  const policy = await loadPretrained(folder);
  const reference = referenceFolder === undefined ? undefined : await loadPretrained(referenceFolder);
  try {
    const { metrics, responses } = await evaluatePolicy(policy, examples.map(withoutRecord), {
      ...(reference && { reference }),
      ...(opened && { scorer: opened.scorer }),
      maxNewTokens: data.maxResponseTokens,
      temperature,
      klPrompts,
      seed,
      signal,
      onProgress: (completed, total) => onProgress({ task: 'evaluate', completed, total }),
    });
    const text = ({ tokens }: JudgedResponse): string =>
      corpus.tokenizer.decode(tokens.filter((token) => token !== corpus.tokenizer.endOfTextToken)).trim();
    return {
      metrics,
      samples: responses.slice(0, SAMPLES).map((response) => ({
        id: response.id,
        text: text(response),
        ...(response.reward !== undefined && { reward: response.reward }),
      })),
    };
  } finally {
    policy.dispose();
    reference?.dispose();
    opened?.dispose();
  }
}
