import { firstExamples } from '@ais/data';
import type { CausalLanguageModel } from '@ais/language-model';
import { type Metrics, type PolicyEvaluator, policyEvaluator, type TrainingResult } from '@ais/trainer';
import type { RunContext, StepContext } from '../context.js';
import { type CorpusExample, examplesOf, responseText } from '../corpus/corpus.js';
import { PipelineError } from '../errors.js';
import {
  desirablePairs,
  hasLabels,
  type LabeledResponses,
  readLabeled,
  splitLabeled,
  splitPairsAsLabeled,
} from '../pairs/labeled-responses.js';
import { examplesOfPairs, pairsOfCorpus } from '../pairs/pairs-of-corpus.js';
import { pairsReading, type ReadPairsOptions } from '../pairs/preference-pairs.js';
import { labeledPairs, readPairs } from '../pairs/read-pairs.js';
import { type PairsPart, splitPairs } from '../pairs/split-pairs.js';
import { comparesTokens } from '../registries/importance.js';
import {
  type ChosenObjective,
  isBuiltInObjective,
  requireUsedBeta,
  tryObjective,
} from '../registries/objectives.js';
import { type OpenScorer, openScorer } from '../registries/scorers.js';
import type { Settings } from '../settings/command-settings.js';
import { withoutPractice } from '../settings/judge-settings.js';
import { requireSettings } from '../settings/read-settings.js';
import { learnLabeled } from '../steps/learn-labeled.js';
import { learnOnline } from '../steps/learn-online.js';
import { withReferences } from '../steps/missing-references.js';
import { prefer } from '../steps/prefer.js';
import { tokensOnly } from '../steps/supervise.js';
import { recordedSettings } from '../steps/training-options.js';
import {
  agreementMetrics,
  agreementWithLabels,
  reportUsage,
  requireScores,
  TRIED,
  tryJudge,
} from '../steps/trusted-judge.js';
import { withStoredSettings } from './stored-settings.js';
import { evaluationExamples, noSource, type TrainingInputs, trainingInputs } from './training-inputs.js';

/**
 * `ais train`: trains a policy with any objective, from preference pairs, from labeled responses, or from its own samples, in a run
 * directory.
 *
 * @param settings as `readSettings('train', …)` gives them. Give it `ofModel: textLayer`, so that it reads the text that the model learned
 *   from; without `pairs`, pairs are made from the source's responses
 * @param context with the run directory
 * @returns the steps done, the folder of the last checkpoint, the last metrics, and the evaluations: win rate, KL in nats
 * @throws {PipelineError} `missing-setting`, `invalid-plugin`, `too-little-text`, and others, before training begins
 * @example
 * const settings = await readSettings('train', {
 *   flags: { model: 'runs/sft', pairs: 'pairs.jsonl', objective: 'dpo', beta: 0.1, training: { steps: 1 }, evaluation: { points: 0 } },
 *   ofModel: textLayer,
 * });
 * const { steps, metrics } = await runTrain(settings, runContext('runs/dpo'));
 * console.log(steps, Number.isFinite(metrics['loss'])); // 1 true
 */
export async function runTrain(settings: Settings<'train'>, context: RunContext): Promise<TrainingResult> {
  requireSettings('train', settings);
  // An objective from outside fails here, not after an hour.
  const chosen = await tryObjective(settings);
  await requireUsedBeta(settings);
  requireUsedSamples(settings, chosen);
  const judge = settings.scorer ?? (settings.source === 'synthetic' ? 'oracle' : undefined);
  if (chosen.online && judge === undefined) {
    throw new PipelineError(
      'missing-setting',
      `"scorer" is missing: ${settings.objective} learns from samples, which a judge must score. Pass --scorer.`,
      { key: 'scorer' },
    );
  }
  return withStoredSettings(context, 'train', settings, async () => {
    const inputs = await inputsOfTrain(settings, chosen, context);
    // Rank 0 alone evaluates.
    const scorer =
      judge === undefined || !(leadsGroup(context) || chosen.online)
        ? undefined
        : await openScorer(judge, {
            text: inputs.text,
            retokenize: settings.retokenize,
            judging: settings,
          });
    try {
      if (
        scorer &&
        judge !== undefined &&
        learnsFromOwnPairs(chosen) &&
        settings.labels === 'bradley-terry'
      ) {
        requireScores(scorer.scorer, judge, 'labels');
      }
      return await train(settings, chosen, inputs, scorer, context);
    } finally {
      scorer?.dispose();
    }
  });
}

/** Whether this process evaluates: of several that train together, the first one. */
function leadsGroup({ group }: RunContext): boolean {
  return group === undefined || group.rank === 0;
}

/** Whether an objective learns from pairs of the policy's own samples. */
function learnsFromOwnPairs({ feedback, online }: ChosenObjective): boolean {
  return online && feedback === 'pairs';
}

/** Refuses a number of samples per prompt that the objective cannot use. */
function requireUsedSamples(
  { objective, samples }: Pick<Settings<'train'>, 'objective' | 'samples'>,
  chosen: ChosenObjective,
): void {
  const refuse = (reason: string): never => {
    throw new PipelineError('invalid-setting', `samples: ${reason}`, { key: 'samples' });
  };
  if (learnsFromOwnPairs(chosen) && samples !== 2) {
    refuse(
      `${objective} learns from pairs, which are two samples of a prompt, got ${samples}. Leave --samples out, or take an objective over samples, such as rloo.`,
    );
  }
  if (chosen.feedback === 'samples' && samples < 2 && isBuiltInObjective(objective)) {
    refuse(
      `${objective} compares the samples of a prompt with each other, and learns nothing from one alone. Use --samples 2 or more.`,
    );
  }
}

/** The model and the text of `ais train`. */
export async function inputsOfTrain(
  settings: Settings<'train'>,
  chosen: ChosenObjective,
  context: StepContext,
): Promise<TrainingInputs> {
  const learnsFromSource = chosen.online || settings.pairs === undefined;
  if (learnsFromSource && settings.source === undefined) {
    throw noSource(
      chosen.online
        ? 'Its prompts are what the policy answers.'
        : 'Without --pairs, pairs are made from its responses.',
    );
  }
  return trainingInputs(
    'train',
    settings,
    {
      ...(learnsFromSource && { preference: 'all' as const }),
      evaluation: settings.evaluation.points > 0 ? 'all' : 0,
    },
    context,
    chosen.online ? 'preference' : undefined,
  );
}

/** What `ais train` learns from: prompts of a policy's own samples, pairs, or labeled responses. */
export interface Learned {
  readonly prompts: Parameters<typeof pairsOfCorpus>[0];
  readonly trained: PairsPart;
  readonly heldOut: PairsPart;
  readonly labeled?: LabeledResponses;
}

/** Reads what `ais train` learns from. */
export async function learnedBy(
  settings: Settings<'train'>,
  chosen: ChosenObjective,
  { corpus, text }: TrainingInputs,
  context: StepContext,
): Promise<Learned> {
  const prompts =
    corpus && (chosen.online || settings.pairs === undefined) ? examplesOf(corpus, 'preference') : [];
  if (chosen.feedback === 'unpaired') {
    const labeled = await labeledOf(settings, text, prompts, context);
    const pairsIn = (part: LabeledResponses['trained']): PairsPart => ({ pairs: desirablePairs(part) });
    return { prompts, labeled, trained: pairsIn(labeled.trained), heldOut: pairsIn(labeled.heldOut) };
  }
  if (chosen.online)
    return { prompts, trained: noPairs, heldOut: await comparedPairs(settings, text, context) };
  return {
    prompts,
    ...(await pairsOf(settings, text, prompts, context, {
      numbers: chosen.objective.requires.columns,
      logProbs: settings.behavior === 'data',
    })),
  };
}

async function train(
  settings: Settings<'train'>,
  chosen: ChosenObjective,
  inputs: TrainingInputs,
  scorer: OpenScorer | undefined,
  context: RunContext,
): Promise<TrainingResult> {
  const { corpus, text, savedText } = inputs;
  const { seed, training, selection, referenceSync, evaluation, data, labels } = settings;
  const { prompts, labeled, trained, heldOut } = await learnedBy(settings, chosen, inputs, context);
  const held = judgedAlong(settings, inputs, heldOut, context);
  const answering = {
    name: 'the model before training',
    loadModel: inputs.loadModel,
    text,
    maxNewTokens: data.maxResponseTokens,
    temperature: evaluation.temperature,
    seed,
  };
  // Without a judge nothing is compared. Other ranks than 0 have one only to learn from it, and evaluate nothing.
  const judged = scorer && leadsGroup(context) ? await withReferences(held, answering, context) : held;
  warnOfSharedPrompts(trained.pairs, judged, settings.pairs ?? settings.source, context);
  const compared =
    settings.agreement.pairs === undefined && settings.pairs !== undefined && !labeled
      ? heldOut.pairs
      : await labeledPairs(settings, text, context);
  if (scorer) {
    const met = [...firstExamples(judged.length > 0 ? judged : (corpus?.splits.preference ?? []), TRIED)];
    // Prompts alone leave nothing to try it on; a judge of the policy's samples is asked at the first step anyway.
    await tryJudge(scorer.scorer, met.every(({ responseText }) => responseText !== '') ? met : [], context);
  }
  const agreement =
    scorer && judged.length > 0
      ? await agreementWithLabels(scorer.scorer, compared, settings.agreement.limit, context)
      : undefined;
  const { practice } = withoutPractice(settings);
  const run = {
    seed,
    training,
    selection,
    referenceSync,
    text: savedText,
    configuration: { command: 'train', settings: recordedSettings(settings) },
    notes: JSON.parse(JSON.stringify(practice)),
  };
  const measuresKl = judged.length > 0 && evaluation.klPrompts > 0;
  const models = modelsOf(inputs);
  try {
    const policy = await models.load();
    const needed = chosen.objective.requires.reference || referenceSync !== undefined;
    const reference = needed || measuresKl ? await models.load() : undefined;
    // The KL divergence is measured from where the run began, wherever the reference moves to.
    const start = measuresKl && referenceSync ? await models.load() : reference;
    const evaluations = judged.length > 0 && {
      evaluations: {
        points: evaluation.points,
        examples: judged,
        text: responseText(text),
        evaluator: withMetrics(
          policyEvaluator(judged.map(tokensOnly), {
            ...(measuresKl && start && { reference: start }),
            ...(scorer && { scorer: scorer.scorer }),
            maxNewTokens: data.maxResponseTokens,
            temperature: evaluation.temperature,
            klPrompts: evaluation.klPrompts,
            seed,
          }),
          agreementMetrics(agreement),
        ),
      },
    };
    const roles = { policy, ...(needed && reference && { reference }) };
    if (chosen.feedback === 'unpaired') {
      return await learnLabeled(roles, chosen, labeled ?? noLabels, { ...run, ...evaluations }, context);
    }
    if (chosen.feedback === 'pairs' && !chosen.online) {
      return await prefer(roles, chosen, { trained, heldOut }, { ...run, ...evaluations }, context);
    }
    if (!scorer) throw new Error('@ais/pipeline: an objective that learns online has a scorer.');
    const { samples, missingEndPenalty } = settings;
    return await learnOnline(
      { ...roles, scorer: scorer.scorer },
      chosen,
      prompts,
      { ...run, ...evaluations, samples, missingEndPenalty, labels, maxNewTokens: data.maxResponseTokens },
      context,
    );
  } finally {
    models.dispose();
    if (scorer) reportUsage(scorer.scorer.name, scorer, context);
  }
}

/** What a run is evaluated on along its training; nothing where it is not. */
export function judgedAlong(
  { evaluation, selection }: Pick<Settings<'train'>, 'evaluation' | 'selection'>,
  { corpus, text }: Pick<TrainingInputs, 'corpus' | 'text'>,
  heldOut: PairsPart,
  context: Pick<StepContext, 'onWarning'>,
): readonly CorpusExample[] {
  return evaluationExamples(
    { ...(corpus && { corpus }) },
    () => examplesOfPairs(heldOut.pairs, text, evaluation.prompts),
    { ...evaluation, selects: selection !== undefined },
    context,
  );
}

/** Loads the model as often as it is needed. */
function modelsOf({ loadModel }: TrainingInputs): {
  load(): Promise<CausalLanguageModel>;
  dispose(): void;
} {
  const models: CausalLanguageModel[] = [];
  return {
    async load() {
      const model = await loadModel();
      models.push(model);
      return model;
    },
    dispose() {
      for (const model of models) model.dispose();
    },
  };
}

/** An evaluator whose evaluations have further metrics: the same ones every time. */
function withMetrics(evaluator: PolicyEvaluator, more: Metrics): PolicyEvaluator {
  return {
    async evaluate(policy, control) {
      const evaluation = await evaluator.evaluate(policy, control);
      return { ...evaluation, metrics: { ...evaluation.metrics, ...more } };
    },
  };
}

/** Pairs may come from the very prompts that a source holds out: then evaluations do not measure what is new. */
function warnOfSharedPrompts(
  pairs: PairsPart['pairs'],
  judged: readonly CorpusExample[],
  name: string | undefined,
  { onWarning }: RunContext,
): void {
  // Those to look for are few, and the pairs may be a million: they are gone through once, and none is kept.
  const wanted = new Map<string, number>();
  for (const { prompt } of judged) wanted.set(prompt.join(), (wanted.get(prompt.join()) ?? 0) + 1);
  const lengths = new Set(judged.map(({ prompt }) => prompt.length));
  let shared = 0;
  for (const { prompt } of judged.length === 0 ? [] : pairs) {
    if (!lengths.has(prompt.length)) continue;
    const key = prompt.join();
    shared += wanted.get(key) ?? 0;
    wanted.delete(key);
  }
  if (shared === 0) return;
  onWarning(
    `${shared} of the ${judged.length} held-out prompts are trained on too: they are prompts of ${name}. Evaluate on other prompts.`,
  );
}

const noLabels: LabeledResponses = { trained: [], heldOut: [] };

const noPairs: PairsPart = { pairs: [] };

/** The held-out ones of pairs that a run on samples of its own is given: the judge is compared with their labels. */
async function comparedPairs(
  settings: Settings<'train'>,
  text: TrainingInputs['text'],
  { onWarning }: StepContext,
): Promise<PairsPart> {
  const { pairs, agreement, evaluation, validationFraction } = settings;
  if (pairs === undefined || agreement.pairs !== undefined) return noPairs;
  if (evaluation.points === 0 || validationFraction === 0) return noPairs;
  const read = await readPairs(pairs, text, {
    ...pairsReading(settings),
    logProbs: false,
    onWarning,
  });
  return splitPairs(read, validationFraction, settings.data.splitSeed).heldOut;
}

async function pairsOf(
  settings: Settings<'train'>,
  text: TrainingInputs['text'],
  examples: Parameters<typeof pairsOfCorpus>[0],
  { onWarning }: StepContext,
  reading: Pick<ReadPairsOptions, 'numbers' | 'logProbs'>,
): Promise<Readonly<Record<'trained' | 'heldOut', PairsPart>>> {
  const pairs =
    settings.pairs === undefined
      ? { pairs: pairsOfCorpus(examples, settings.source ?? '') }
      : await readPairs(settings.pairs, text, {
          ...pairsReading(settings),
          ...reading,
          onWarning,
        });
  if ('behavior' in pairs && comparesTokens(settings.importance)) {
    throw new PipelineError(
      'invalid-setting',
      'importance: weights that compare tokens need the log-probability of each token under the policy that wrote the pairs, and these ' +
        'pairs have one of each response. Use --behavior reference, or bounds on responses.',
      { key: 'importance' },
    );
  }
  return splitPairs(pairs, settings.validationFraction, settings.data.splitSeed);
}

/** Labeled responses from a file that has them, or both responses of each pair. */
async function labeledOf(
  settings: Settings<'train'>,
  text: TrainingInputs['text'],
  examples: Parameters<typeof pairsOfCorpus>[0],
  context: StepContext,
): Promise<LabeledResponses> {
  const { pairs: name, data, validationFraction } = settings;
  const reading = pairsReading(settings);
  if (name === undefined || !(await hasLabels(name, reading))) {
    return splitPairsAsLabeled(await pairsOf(settings, text, examples, context, { logProbs: false }));
  }
  const { onWarning } = context;
  const rows = await readLabeled(name, text, { ...reading, onWarning });
  return splitLabeled(rows, validationFraction, data.splitSeed);
}
