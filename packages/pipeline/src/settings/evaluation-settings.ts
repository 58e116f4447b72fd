import { z } from 'zod';
import { count, type Fields, headed, setting, whole } from './setting.js';

/** The measurements along a run. */
export interface EvaluationSettings {
  readonly points: number;
  readonly prompts: number;
  readonly klPrompts: number;
  readonly temperature: number;
}

/** The schema of each setting of evaluations. */
export const evaluationFields: Fields<EvaluationSettings> = headed('Evaluation', {
  points: setting(whole, 'Evaluations along the run after the one at its start; 0 for none.', {
    flag: '--evaluations <number>',
    brief: 'evaluations along the run',
  }),
  prompts: setting(count, 'Held-out prompts whose responses are judged.', '--evaluation-prompts <number>'),
  klPrompts: setting(
    whole,
    'How many of them the exact KL is measured on; 0 for none.',
    '--kl-prompts <number>',
  ),
  temperature: setting(
    z.number().nonnegative().default(0.01),
    'Temperature of the judged responses; 0 is greedy.',
  ),
});
