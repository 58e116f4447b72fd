import { loadPretrained, locateModel } from '@ais/language-model';
import { evaluatePolicy, type Metrics } from '@ais/trainer';
import type { StepContext } from '../context.js';
import { type CorpusExample, examplesOf, responseText } from '../corpus/corpus.js';
import { corpusRequest } from '../corpus/corpus-request.js';
import { type ModelText, openModelText, requireOwner, tokenOwner } from '../corpus/model-text.js';
import { examplesOfPairs, readPairs, splitPairs } from '../corpus/preference-pairs.js';
import { prepareCorpus } from '../corpus/prepare-corpus.js';
import { PipelineError } from '../errors.js';
import { openScorer } from '../registries/scorers.js';
import type { Settings } from '../settings/command-settings.js';
import { presetScale } from '../settings/presets.js';
import { tokensOnly } from '../steps/supervise.js';

export interface EvaluateOutcome {
  readonly metrics: Metrics;
  /** The first prompts and responses, as text. */
  readonly samples: readonly {
    readonly id: string;
    readonly prompt: string;
    readonly text: string;
    readonly reward?: number;
  }[];
}

const SAMPLES = 8;

/** `ais evaluate`: loss, win rate, exact KL, and samples of a model on text that was held out. */
export async function runEvaluate(
  settings: Settings<'evaluate'>,
  context: StepContext,
): Promise<EvaluateOutcome> {
  const { klPrompts, temperature, data, seed, scorer, retokenize } = settings;
  const folder = await locateModel(settings.model);
  const text = await openModelText(folder);
  const reference = settings.reference === undefined ? undefined : await locateModel(settings.reference);
  if (reference !== undefined) {
    requireOwner(tokenOwner(await openModelText(reference)), text, `reference ${settings.reference}`);
  }
  const { examples, ofCorpus } = await judgedExamples(settings, text, context);
  const opened = scorer === undefined ? undefined : await openScorer(scorer, { text: ofCorpus, retokenize });
  const policy = await loadPretrained(folder);
  const compared = reference === undefined ? undefined : await loadPretrained(reference);
  try {
    const { metrics, responses } = await evaluatePolicy(policy, examples.map(tokensOnly), {
      ...(compared && { reference: compared }),
      ...(opened && { scorer: opened.scorer }),
      maxNewTokens: data.maxResponseTokens,
      ...{ temperature, klPrompts, seed },
      signal: context.signal,
      onProgress: (completed, total) => context.onProgress({ task: context.title, completed, total }),
    });
    const decode = responseText(text);
    return {
      metrics,
      samples: responses.slice(0, SAMPLES).map(({ id, tokens, reward }, index) => ({
        id,
        prompt: examples[index]?.promptText ?? '',
        text: decode(tokens),
        ...(reward !== undefined && { reward }),
      })),
    };
  } finally {
    policy.dispose();
    compared?.dispose();
    opened?.dispose();
  }
}

async function judgedExamples(
  settings: Settings<'evaluate'>,
  text: ModelText,
  context: StepContext,
): Promise<{ readonly examples: readonly CorpusExample[]; readonly ofCorpus: ModelText }> {
  const { source, split, prompts, columns, data, retokenize, validationFraction } = settings;
  if (source !== undefined) {
    const corpus = await prepareCorpus(
      corpusRequest({ ...settings, source }, { [split]: prompts }, presetScale(settings.preset)),
      { model: text },
      { ...context, title: 'text' },
    );
    return { examples: examplesOf(corpus, split), ofCorpus: corpus };
  }
  if (settings.pairs === undefined) {
    throw new PipelineError(
      'nothing-to-evaluate',
      'There is nothing to evaluate on: name text with --source, or pairs with --pairs.',
      { key: 'source' },
    );
  }
  const read = await readPairs(settings.pairs, text, {
    ...{ columns, lengths: data, retokenize, logProbs: false, onWarning: context.onWarning },
  });
  const { heldOut } = splitPairs(read, validationFraction, data.splitSeed);
  const examples = examplesOfPairs(heldOut.pairs, text).slice(0, prompts);
  if (examples.length > 0) return { examples, ofCorpus: text };
  throw new PipelineError(
    'nothing-to-evaluate',
    `No prompts of ${settings.pairs} are held out (validationFraction ${validationFraction}). Raise --validation-fraction, or name text with --source.`,
    { key: 'validationFraction' },
  );
}
