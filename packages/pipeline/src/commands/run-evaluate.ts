import { rm } from 'node:fs/promises';
import { type Examples, firstExamples, type TokenizedPair } from '@ais/data';
import type { ChatUsage } from '@ais/gold-eval/language-model-judge';
import { type CausalLanguageModel, loadPretrained } from '@ais/language-model';
import { writeJson } from '@ais/runtime/files';
import { type EvaluateInPartsOptions, evaluateInParts, evaluateShard, type Metrics } from '@ais/trainer';
import { fingerprintExamples, partialPath, type Shard, shardPath } from '@ais/trainer/runs';
import type { RunContext, StepContext } from '../context.js';
import { type CorpusExample, examplesOf, responseText } from '../corpus/corpus.js';
import { corpusRequest } from '../corpus/corpus-request.js';
import { isOnDisk, isOnHub } from '../corpus/hub-data-set.js';
import { modelFolder } from '../corpus/model-folder.js';
import {
  type ModelText,
  openModelText,
  requireOwner,
  scaleOfText,
  tokenOwner,
} from '../corpus/model-text.js';
import { prepareCorpus } from '../corpus/prepare-corpus.js';
import { rememberedText } from '../corpus/remembered-text.js';
import { PipelineError } from '../errors.js';
import { desirablePairs, hasLabels, readLabeled, splitLabeled } from '../pairs/labeled-responses.js';
import { examplesOfPairs } from '../pairs/pairs-of-corpus.js';
import { pairsReading } from '../pairs/preference-pairs.js';
import { labeledPairs, readPairs } from '../pairs/read-pairs.js';
import { splitPairs } from '../pairs/split-pairs.js';
import { type OpenScorer, openScorer } from '../registries/scorers.js';
import type { Settings } from '../settings/command-settings.js';
import { requireSettings } from '../settings/read-settings.js';
import { withReferences } from '../steps/missing-references.js';
import { tokensOnly } from '../steps/supervise.js';
import {
  agreementMetrics,
  agreementWithLabels,
  type JudgedPair,
  reportUsage,
  tryJudge,
} from '../steps/trusted-judge.js';
import { explainChange } from './changed-inputs.js';
import type { ShardOutcome } from './run-generate.js';
import { inputsOf } from './stored-settings.js';

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
 *
 * @param settings as `readSettings('evaluate', …)` gives them: the win rate needs a `scorer`, the KL a `reference`
 * @param path a file for what was measured: with it, what an interrupted call has measured is kept beside it
 * @returns metrics (losses in nats per token, KL in nats per response), who judged, and the first samples as text
 * @throws {PipelineError} `nothing-to-evaluate` without text or pairs; `another-tokenizer` if the reference has another one
 * @example
 * const settings = await readSettings('evaluate', {
 *   flags: { model: 'runs/sft', scorer: 'oracle', prompts: 8 },
 *   ofModel: textLayer,
 * });
 * const { metrics, judge, samples } = await runEvaluate(settings, stepContext());
 * console.log('eval_win_rate' in metrics, judge?.name, samples.length); // true oracle 8
 */
export async function runEvaluate(
  settings: Settings<'evaluate'>,
  context: StepContext & Partial<Pick<RunContext, 'resume'>>,
  path?: string,
): Promise<EvaluateOutcome> {
  return withModels(settings, path, context, async ({ policy, examples, options, text, opened }) => {
    const { resume = false } = context;
    const { metrics, responses } = await evaluateInParts(policy, examples.map(tokensOnly), {
      ...options,
      ...(path !== undefined && { path: partialPath(path), resume }),
    });
    const decode = responseText(text);
    const judge = opened && { name: opened.scorer.name };
    const samples = responses.slice(0, SAMPLES).map(({ id, tokens, reward }, index) => ({
      id,
      prompt: examples[index]?.promptText ?? '',
      text: decode(tokens, examples[index]?.prompt),
      ...(reward !== undefined && { reward }),
    }));
    if (path !== undefined) {
      // What the judge was asked for is of this call, and no measurement.
      await writeJson(path, { metrics, ...(judge && { judge }), samples });
      await rm(partialPath(path), { force: true });
    }
    return {
      metrics,
      ...(judge && { judge: { ...judge, ...(opened?.usage && { usage: opened.usage() }) } }),
      samples,
    };
  });
}

/**
 * One shard's share of what `runEvaluate` measures, into `<path>.shard-i-of-n`: whole parts, so that all shards together are what
 * one call gives, to the last digit.
 *
 * @param path of the whole; once every shard is done, `mergeShards` of `@ais/trainer/runs` and `runEvaluate` with `resume: true` write it
 * @param shard `{ index, count }`, with indices from 1
 * @returns the shard's file, and how many prompts it has measured
 * @example
 * const settings = await readSettings('evaluate', { flags: { model: 'runs/sft', prompts: 8, klPrompts: 0 }, ofModel: textLayer });
 * const { path, done } = await runEvaluateShard(settings, 'evaluation.json', { index: 1, count: 2 }, stepContext());
 * console.log(path, done); // evaluation.json.shard-1-of-2 8
 */
export async function runEvaluateShard(
  settings: Settings<'evaluate'>,
  path: string,
  shard: Shard,
  context: StepContext,
): Promise<ShardOutcome> {
  return withModels(settings, path, context, async ({ policy, examples, options }) => {
    const done = await evaluateShard(policy, examples.map(tokensOnly), { ...options, path, shard });
    return { path: shardPath(path, shard), done };
  });
}

/** What an evaluation is made of, whole or one share of it. */
interface Evaluated {
  readonly policy: CausalLanguageModel;
  readonly examples: readonly CorpusExample[];
  readonly options: EvaluateInPartsOptions;
  readonly text: ModelText;
  readonly opened: OpenScorer | undefined;
}

/** Opens models and judge, and tries the judge; they are disposed of when the work is done. */
async function withModels<Outcome>(
  settings: Settings<'evaluate'>,
  path: string | undefined,
  context: StepContext,
  work: (evaluated: Evaluated) => Promise<Outcome>,
): Promise<Outcome> {
  requireSettings('evaluate', settings);
  const { klPrompts, temperature, data, seed, scorer, retokenize, agreement } = settings;
  const { title, signal, onProgress } = context;
  const folder = await modelFolder(settings.model);
  const text = await openModelText(folder, settings);
  const reference =
    settings.reference === undefined ? undefined : await modelFolder(settings.reference, 'reference');
  if (reference !== undefined) {
    requireOwner(
      tokenOwner(await openModelText(reference, { chatTemplate: settings.chatTemplate })),
      text,
      `reference ${settings.reference}`,
    );
  }
  const found = await judgedExamples(settings, folder, text, context);
  const { ofCorpus, labeled } = found;
  const load = (from: string): Promise<CausalLanguageModel> =>
    loadPretrained(from, { tokenizer: ofCorpus.tokenizer });
  const examples = await withReferences(
    found.examples,
    {
      name: `the reference ${settings.reference}`,
      loadModel: async () => {
        if (reference !== undefined) return load(reference);
        throw new PipelineError(
          'missing-setting',
          `"reference" is missing: ${settings.source} has prompts without a response, so there is nothing to compare with. Pass --reference with a model whose answers are compared with.`,
          { key: 'reference' },
        );
      },
      text: ofCorpus,
      maxNewTokens: data.maxResponseTokens,
      temperature,
      seed,
    },
    context,
  );
  const opened =
    scorer === undefined
      ? undefined
      : await openScorer(scorer, { text: ofCorpus, retokenize, judging: settings });
  const models: CausalLanguageModel[] = [];
  const opening = async (from: string): Promise<CausalLanguageModel> => {
    const model = await load(from);
    models.push(model);
    return model;
  };
  try {
    if (opened) await tryJudge(opened.scorer, examples, context);
    const policy = await opening(folder);
    const compared = reference === undefined ? undefined : await opening(reference);
    const labels = [...firstExamples(labeled, agreement.limit)];
    const outcome = await work({
      policy,
      examples,
      text,
      opened,
      options: {
        ...(compared && { reference: compared }),
        ...(opened && { scorer: opened.scorer }),
        ...(opened &&
          labels.length > 0 && {
            also: async () =>
              agreementMetrics(await agreementWithLabels(opened.scorer, labels, labels.length, context)),
          }),
        maxNewTokens: data.maxResponseTokens,
        temperature,
        klPrompts,
        seed,
        signal,
        inputs: { ...inputsOf('evaluate', settings), labels: fingerprintExamples(labels) },
        onProgress: (completed, total) => onProgress({ task: title, completed, total }),
      },
    });
    if (opened) reportUsage(opened.scorer.name, opened, context);
    return outcome;
  } catch (error) {
    throw explainChange(error, path ?? '', settings);
  } finally {
    for (const model of models) model.dispose();
    opened?.dispose();
  }
}

async function judgedExamples(
  settings: Settings<'evaluate'>,
  folder: string,
  text: ModelText,
  context: StepContext,
): Promise<{
  readonly examples: readonly CorpusExample[];
  readonly ofCorpus: ModelText;
  /** What the judge is compared with. */
  readonly labeled: Examples<JudgedPair>;
}> {
  const { source, split, prompts, pairs, validationFraction } = settings;
  if (source !== undefined) {
    const scale = await scaleOfText(folder, settings);
    const request = {
      ...corpusRequest({ ...settings, source }, { [split]: prompts }, scale),
      promptsAlone: true,
    };
    const corpus = await rememberedText({ key: 'source', name: source, model: settings.model }, () =>
      prepareCorpus(request, { model: text }, { ...context, title: 'text' }),
    );
    return {
      examples: examplesOf(corpus, split),
      ofCorpus: corpus,
      labeled: await labelsFor(settings, text, context),
    };
  }
  if (pairs === undefined) {
    throw new PipelineError(
      'nothing-to-evaluate',
      'There is nothing to evaluate on: name text with --source, or pairs with --pairs.',
      { key: 'source' },
    );
  }
  const heldOut = await rememberedText({ key: 'pairs', name: pairs, model: settings.model }, () =>
    heldOutOf(pairs, settings, text, context),
  );
  const examples = examplesOfPairs(heldOut.pairs, text, prompts);
  if (examples.length > 0) {
    const labeled = settings.agreement.pairs === undefined ? heldOut.compared : undefined;
    return { examples, ofCorpus: text, labeled: labeled ?? (await labeledPairs(settings, text, context)) };
  }
  throw new PipelineError(
    'nothing-to-evaluate',
    `No prompts of ${pairs} are held out (validationFraction ${validationFraction}). Raise --validation-fraction, or name text with --source.`,
    { key: 'validationFraction' },
  );
}

/** Labels for the judge where the examples are of a source: those that settings name, else the held-out pairs. */
async function labelsFor(
  settings: Settings<'evaluate'>,
  text: ModelText,
  context: StepContext,
): Promise<Examples<JudgedPair>> {
  const { agreement, pairs, scorer } = settings;
  if (scorer === undefined) return [];
  if (agreement.pairs !== undefined || pairs === undefined) return labeledPairs(settings, text, context);
  if (!isOnDisk(pairs) && !isOnHub(pairs)) {
    context.onWarning(
      `${pairs} does not exist, so the judge is not compared with its labels (agreement.pairs).`,
    );
    return [];
  }
  return (await heldOutOf(pairs, settings, text, context)).compared;
}

/** The held-out part of pairs or of labeled responses, read and split as `ais train` does it. */
async function heldOutOf(
  name: string,
  settings: Settings<'evaluate'>,
  text: ModelText,
  { onWarning }: StepContext,
): Promise<{
  readonly pairs: Examples<TokenizedPair>;
  /** What a judge can be compared with: labeled responses have nothing to compare. */
  readonly compared: Examples<JudgedPair>;
}> {
  const { data, validationFraction } = settings;
  const options = { ...pairsReading(settings), logProbs: false, onWarning };
  if (await hasLabels(name, options)) {
    const rows = await readLabeled(name, text, options);
    const { heldOut } = splitLabeled(rows, validationFraction, data.splitSeed);
    return { pairs: desirablePairs(heldOut), compared: [] };
  }
  const read = await readPairs(name, text, options);
  const { pairs } = splitPairs(read, validationFraction, data.splitSeed).heldOut;
  return { pairs, compared: pairs };
}
