import { createModel, type GptNeoxOptions } from '@ais/language-model';
import { expect, it } from 'vitest';
import golden from '../fixtures/trl.json' with { type: 'json' };
import { trlCases } from '../fixtures/trl-cases.js';
import { computeReferenceLogProbs } from '../src/inference/reference-log-probs.js';
import { cosineSchedule } from '../src/optimizer/schedules.js';
import { readMetrics } from '../src/run/metrics-log.js';
import { trainPreference } from '../src/stages/preference.js';
import { runFolder } from './run-folder.js';

/** The first step whose model is no longer the reference: the rate of the first update of a warm-up is 0. */
const FIRST_MOVED = 2;
const TOLERANCE = 1e-3;

const folder = runFolder();
const cases = Object.keys(golden.cases) as (keyof typeof golden.cases)[];

// Numbers of TRL from fixtures/trl.json, which fixtures/check-trl.js makes for every loss; versions are in it.
it.each(cases)(
  'gives the losses and the weights of TRL’s DPOTrainer, 50 steps with weight decay: %s',
  async (name) => {
    const { seed, pairs } = golden;
    const { series, weights, settings: own } = golden.cases[name];
    const settings = { ...golden.settings, ...own };
    const model = createModel(golden.model as GptNeoxOptions, { seed });
    const reference = await computeReferenceLogProbs(model, pairs, settings);
    const objective = trlCases[name]?.objective;
    if (!objective) throw new Error(`fixtures/trl-cases.js has no ${name}`);
    await trainPreference(model, reference, pairs, objective, {
      ...settings,
      directory: folder(name),
      seed,
      schedule: cosineSchedule(),
      adamw: { epsilon: settings.epsilon, weightDecay: settings.weightDecay },
    });
    const lines = (await readMetrics(`${folder(name)}/metrics.jsonl`)).slice(0, settings.steps);
    for (const [metric, values] of Object.entries(series)) {
      const largest = Math.max(...values.map(Math.abs));
      values.forEach((value, step) => {
        // Before the first update that moves anything, a pair's margin is rounding, and its sign says nothing.
        if (metric === 'rewards/accuracies' && step < FIRST_MOVED) return;
        const difference = Math.abs(Number(lines[step]?.[metric]) - value);
        const scale = metric.startsWith('rewards/') ? largest : Math.abs(value);
        expect(difference, `${metric} of step ${step + 1}`).toBeLessThanOrEqual(TOLERANCE * scale);
      });
    }
    // With a decay that norms and biases share, the final weights would differ by 1e-3.
    for (const [parameter, values] of Object.entries(weights)) {
      const found = model.parameters.get(parameter)?.dataSync();
      const largest = Math.max(...values.map(Math.abs));
      values.forEach((value, index) => {
        expect(Math.abs(Number(found?.[index]) - value), parameter).toBeLessThanOrEqual(1e-4 * largest);
      });
    }
    model.dispose();
  },
);
