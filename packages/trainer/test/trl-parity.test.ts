import { createModel, type GptNeoxOptions } from '@ais/language-model';
import { dpo, ipo, type Objective } from '@ais/objectives';
import { expect, it } from 'vitest';
import golden from '../fixtures/trl.json' with { type: 'json' };
import { computeReferenceLogProbs } from '../src/inference/reference-log-probs.js';
import { cosineSchedule } from '../src/optimizer/schedules.js';
import { readMetrics } from '../src/run/metrics-log.js';
import { trainPreference } from '../src/stages/preference.js';
import { runFolder } from './run-folder.js';

/** The first step whose model is no longer the reference: the rate of the first update of a warm-up is 0. */
const FIRST_MOVED = 2;

const folder = runFolder();
const objectives: Readonly<Record<keyof typeof golden.results, (beta: number) => Objective>> = {
  dpo: (beta) => dpo({ beta }),
  ipo: (beta) => ipo({ beta, lengthNormalized: true }),
};

// Numbers of TRL from fixtures/trl.json, which fixtures/check-trl.js makes; versions stand in it.
it.each(['dpo', 'ipo'] as const)('gives the losses of TRL’s DPOTrainer for 50 steps: %s', async (name) => {
  const { seed, settings, pairs, results, cases } = golden;
  const model = createModel(golden.model as GptNeoxOptions, { seed });
  const reference = await computeReferenceLogProbs(model, pairs, settings);
  await trainPreference(model, reference, pairs, objectives[name](cases[name].beta), {
    ...settings,
    directory: folder(name),
    seed,
    schedule: cosineSchedule(),
    adamw: { epsilon: settings.epsilon, weightDecay: 0 },
  });
  model.dispose();
  const lines = (await readMetrics(`${folder(name)}/metrics.jsonl`)).slice(0, settings.steps);
  for (const [series, values] of Object.entries(results[name])) {
    const tolerance = 1e-3 * (series.startsWith('rewards/') ? Math.max(...values.map(Math.abs)) : 1);
    values.forEach((value, step) => {
      // Before the first update that moves anything, a pair's margin is rounding, and its sign says nothing.
      if (series === 'rewards/accuracies' && step < FIRST_MOVED) return;
      const difference = Math.abs(Number(lines[step]?.[series]) - value);
      const scale = series.startsWith('rewards/') ? 1 : Math.abs(value);
      expect(difference, `${series} of step ${step + 1}`).toBeLessThanOrEqual(tolerance * scale);
    });
  }
});
