import type { TrainingResult } from '@ais/trainer';
import type { RunContext } from '../context.js';
import { examplesOf } from '../corpus/corpus.js';
import type { Settings } from '../settings/command-settings.js';
import { supervise } from '../steps/supervise.js';
import { recordedSettings } from '../steps/training-options.js';
import { withStoredSettings } from './stored-settings.js';
import { evaluationExamples, noSource, trainingInputs } from './training-inputs.js';

/** `ais sft`: from a source to a supervised model, in one run directory. */
export function runSft(settings: Settings<'sft'>, context: RunContext): Promise<TrainingResult> {
  return withStoredSettings(context, 'sft', settings, async () => {
    const { training, evaluation, promptWeight, seed, selection } = settings;
    const inputs = await trainingInputs(
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
        examplesOf(corpus, 'supervised'),
        {
          ...{ seed, training, selection, promptWeight, text: savedText },
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
