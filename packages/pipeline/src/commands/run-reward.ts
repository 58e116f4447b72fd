import { mapExamples } from '@ais/data';
import type { RunContext } from '../context.js';
import { storedExamplesOf } from '../corpus/corpus.js';
import { PipelineError } from '../errors.js';
import { pairsOfCorpus } from '../pairs/pairs-of-corpus.js';
import { pairsReading } from '../pairs/preference-pairs.js';
import { readPairs } from '../pairs/read-pairs.js';
import { splitPairs } from '../pairs/split-pairs.js';
import type { Settings } from '../settings/command-settings.js';
import { requireSettings } from '../settings/read-settings.js';
import { type JudgeOutcome, trainJudge } from '../steps/train-judge.js';
import { recordedSettings } from '../steps/training-options.js';
import { withStoredSettings } from './stored-settings.js';
import { noSource, trainingInputs } from './training-inputs.js';

/**
 * `ais reward`: a reward model from preference pairs, in a run directory. Its scores average 0 on the source's responses, or, without a
 * source, on the preferred responses of the held-out pairs.
 *
 * @param settings as `readSettings('reward', …)` gives them; without `pairs`, pairs are made from the source's responses
 * @param context with the run directory
 * @returns what training returns, with the accuracy, log loss, and calibration on the held-out pairs
 * @throws {PipelineError} `missing-setting` without text and pairs; `nothing-to-evaluate` if no pairs are held out
 * @example
 * const settings = await readSettings('reward', {
 *   flags: { preset: 'tiny', model: 'runs/sft', data: { records: 32 }, training: { steps: 1 } },
 *   ofModel: textLayer,
 * });
 * const { steps, validationAccuracy } = await runReward(settings, runContext('runs/judge'));
 * console.log(steps, validationAccuracy <= 1); // 1 true
 */
export async function runReward(settings: Settings<'reward'>, context: RunContext): Promise<JudgeOutcome> {
  requireSettings('reward', settings);
  return withStoredSettings(context, 'reward', settings, async () => {
    const { training, seed, selection, validationFraction, validationPoints, centering, data } = settings;
    const { corpus, text, savedText, loadModel } = await trainingInputs(
      'reward',
      settings,
      { reward: 'all' },
      context,
    );
    const examples = corpus ? storedExamplesOf(corpus, 'reward') : [];
    if (settings.pairs === undefined && !corpus)
      throw noSource('Without --pairs, pairs are made from its responses.');
    const pairs =
      settings.pairs === undefined
        ? { pairs: pairsOfCorpus([...examples], settings.source ?? '') }
        : await readPairs(settings.pairs, text, {
            ...pairsReading(settings),
            logProbs: false,
            onWarning: context.onWarning,
          });
    const { trained, heldOut } = splitPairs(pairs, validationFraction, data.splitSeed);
    if (heldOut.pairs.length === 0) {
      throw new PipelineError(
        'nothing-to-evaluate',
        `No pairs are held out to measure the reward model on (validationFraction ${validationFraction}, ${trained.pairs.length} pairs). Raise --validation-fraction.`,
        { key: 'validationFraction' },
      );
    }
    const backbone = await loadModel();
    try {
      return await trainJudge(
        backbone,
        { trained: trained.pairs, heldOut: heldOut.pairs },
        {
          seed,
          training,
          selection,
          validationPoints,
          centering,
          text: savedText,
          configuration: { command: 'reward', settings: recordedSettings(settings) },
          references: corpus
            ? mapExamples(examples, ({ prompt, response }) => [...prompt, ...response])
            : mapExamples(heldOut.pairs, ({ prompt, chosen }) => [...prompt, ...chosen]),
        },
        context,
      );
    } finally {
      backbone.dispose();
    }
  });
}
