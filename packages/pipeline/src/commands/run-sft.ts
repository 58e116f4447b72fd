import type { TrainingResult } from '@ais/trainer';
import type { RunContext } from '../context.js';
import { storedExamplesOf } from '../corpus/corpus.js';
import type { Settings } from '../settings/command-settings.js';
import { requireSettings } from '../settings/read-settings.js';
import { supervise } from '../steps/supervise.js';
import { recordedSettings } from '../steps/training-options.js';
import { withStoredSettings } from './stored-settings.js';
import { evaluationExamples, noSource, trainingInputs } from './training-inputs.js';

/**
 * `ais sft`: supervised fine-tuning, from a source of text to a model in a run directory.
 *
 * @param settings as `readSettings('sft', …)` gives them. With a preset and no `model`, the model is new, and its tokenizer is learned
 *   from the text
 * @param context with the run directory
 * @returns the steps done, the folder of the last checkpoint, the last metrics (losses in nats per token), and the evaluations
 * @throws {PipelineError} `missing-setting`, `too-little-text`, and others, before training begins
 * @example
 * const settings = await readSettings('sft', {
 *   flags: { preset: 'tiny', source: 'synthetic', training: { steps: 2 }, evaluation: { points: 1, prompts: 8 } },
 *   assignments: ['data.records=64'],
 * });
 * const { steps, evaluations } = await runSft(settings, runContext('runs/sft'));
 * console.log(steps, evaluations.map(({ step }) => step)); // 2 [ 0, 2 ]
 */
export async function runSft(settings: Settings<'sft'>, context: RunContext): Promise<TrainingResult> {
  requireSettings('sft', settings);
  return withStoredSettings(context, 'sft', settings, async () => {
    const { training, evaluation, promptWeight, seed, selection } = settings;
    const inputs = await trainingInputs(
      'sft',
      settings,
      { supervised: 'all', evaluation: evaluation.points > 0 ? 'all' : 0 },
      context,
    );
    const { corpus, savedText, loadModel } = inputs;
    if (!corpus) throw noSource('SFT learns from its responses.');
    const examples = evaluationExamples(
      inputs,
      () => [],
      { ...evaluation, selects: selection !== undefined },
      context,
    );
    const model = await loadModel();
    try {
      return await supervise(
        model,
        storedExamplesOf(corpus, 'supervised'),
        {
          seed,
          training,
          selection,
          promptWeight,
          text: savedText,
          configuration: { command: 'sft', settings: recordedSettings(settings) },
          ...(examples.length > 0 && { heldOut: { examples, points: evaluation.points } }),
        },
        context,
      );
    } finally {
      model.dispose();
    }
  });
}
