import { existsSync } from 'node:fs';
import type { ChatUsage } from '@ais/gold-eval/language-model-judge';
import { type CausalLanguageModel, loadPretrained } from '@ais/language-model';
import { evaluatePolicy, type Metrics } from '@ais/trainer';
import type { StepContext } from '../context.js';
import { type CorpusExample, examplesOf, responseText } from '../corpus/corpus.js';
import { corpusRequest } from '../corpus/corpus-request.js';
import { type ModelText, openModelText, requireOwner, tokenOwner } from '../corpus/model-text.js';
import { examplesOfPairs, labeledPairs, readPairs, splitPairs } from '../corpus/preference-pairs.js';
import { prepareCorpus } from '../corpus/prepare-corpus.js';
import { PipelineError } from '../errors.js';
import { findModel } from '../models/find-model.js';
import { openScorer } from '../registries/scorers.js';
import type { Settings } from '../settings/command-settings.js';
import { presetScale } from '../settings/presets.js';
import { tokensOnly } from '../steps/supervise.js';
import {
  agreementMetrics,
  agreementWithLabels,
  type LabeledPair,
  reportUsage,
  tryJudge,
} from '../steps/trusted-judge.js';

/** What `runEvaluate` measured. */
export interface EvaluateOutcome {
  readonly metrics: Metrics;
  /** Who judged; of a language model, what it was asked for. Absent without a judge. */
  readonly judge?: { readonly name: string; readonly usage?: ChatUsage };
  /** The first prompts and responses, as text. */
  readonly samples: readonly {
    readonly id: string;
    readonly prompt: string;
    readonly text: string;
    readonly reward?: number;
  }[];
}

const SAMPLES = 8;

/**
 * `ais evaluate`: loss, win rate, exact KL, and samples of a model on text that was held out, with how far its judge agrees
 * with labels.
 */
export async function runEvaluate(
  settings: Settings<'evaluate'>,
  context: StepContext,
): Promise<EvaluateOutcome> {
  const { klPrompts, temperature, data, seed, scorer, retokenize } = settings;
  const folder = await findModel(settings.model);
  const text = await openModelText(folder, settings.chatTemplate);
  const reference = settings.reference === undefined ? undefined : await findModel(settings.reference);
  if (reference !== undefined) {
    requireOwner(
      tokenOwner(await openModelText(reference, settings.chatTemplate)),
      text,
      `reference ${settings.reference}`,
    );
  }
  const { examples, ofCorpus, labeled } = await judgedExamples(settings, text, context);
  const opened =
    scorer === undefined
      ? undefined
      : await openScorer(scorer, { text: ofCorpus, retokenize, judging: settings });
  const models: CausalLanguageModel[] = [];
  const load = async (from: string): Promise<CausalLanguageModel> => {
    const model = await loadPretrained(from, { tokenizer: ofCorpus.tokenizer });
    models.push(model);
    return model;
  };
  try {
    if (opened) await tryJudge(opened.scorer, examples, context);
    const agreement =
      opened && (await agreementWithLabels(opened.scorer, labeled, settings.agreement.limit, context));
    const policy = await load(folder);
    const compared = reference === undefined ? undefined : await load(reference);
    const { metrics, responses } = await evaluatePolicy(policy, examples.map(tokensOnly), {
      ...(compared && { reference: compared }),
      ...(opened && { scorer: opened.scorer }),
      maxNewTokens: data.maxResponseTokens,
      ...{ temperature, klPrompts, seed },
      signal: context.signal,
      onProgress: (completed, total) => context.onProgress({ task: context.title, completed, total }),
    });
    const decode = responseText(text);
    if (opened) reportUsage(opened.scorer.name, opened, context);
    return {
      metrics: { ...metrics, ...agreementMetrics(agreement) },
      ...(opened && {
        judge: { name: opened.scorer.name, ...(opened.usage && { usage: opened.usage() }) },
      }),
      samples: responses.slice(0, SAMPLES).map(({ id, tokens, reward }, index) => ({
        id,
        prompt: examples[index]?.promptText ?? '',
        text: decode(tokens),
        ...(reward !== undefined && { reward }),
      })),
    };
  } finally {
    for (const model of models) model.dispose();
    opened?.dispose();
  }
}

async function judgedExamples(
  settings: Settings<'evaluate'>,
  text: ModelText,
  context: StepContext,
): Promise<{
  readonly examples: readonly CorpusExample[];
  readonly ofCorpus: ModelText;
  /** What the judge is compared with. */
  readonly labeled: readonly LabeledPair[];
}> {
  const { source, split, prompts, columns, data, retokenize, validationFraction } = settings;
  if (source !== undefined) {
    const corpus = await prepareCorpus(
      corpusRequest({ ...settings, source }, { [split]: prompts }, presetScale(settings.preset)),
      { model: text },
      { ...context, title: 'text' },
    );
    return {
      examples: examplesOf(corpus, split),
      ofCorpus: corpus,
      labeled: await labelsFor(settings, text, context),
    };
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
  if (examples.length > 0) {
    const labeled = settings.agreement.pairs === undefined ? heldOut.pairs : undefined;
    return { examples, ofCorpus: text, labeled: labeled ?? (await labeledPairs(settings, text, context)) };
  }
  throw new PipelineError(
    'nothing-to-evaluate',
    `No prompts of ${settings.pairs} are held out (validationFraction ${validationFraction}). Raise --validation-fraction, or name text with --source.`,
    { key: 'validationFraction' },
  );
}

/** Labels for the judge where the examples are of a source: those that settings name, else the held-out pairs. */
async function labelsFor(
  settings: Settings<'evaluate'>,
  text: ModelText,
  context: StepContext,
): Promise<readonly LabeledPair[]> {
  const { agreement, pairs, scorer, columns, data, retokenize, validationFraction } = settings;
  if (scorer === undefined) return [];
  if (agreement.pairs !== undefined || pairs === undefined) return labeledPairs(settings, text, context);
  if (!existsSync(pairs)) {
    context.onWarning(
      `${pairs} does not exist, so the judge is not compared with its labels (agreement.pairs).`,
    );
    return [];
  }
  const read = await readPairs(pairs, text, {
    ...{ columns, lengths: data, retokenize, logProbs: false, onWarning: context.onWarning },
  });
  return splitPairs(read, validationFraction, data.splitSeed).heldOut.pairs;
}
