import { expect, test } from 'vitest';
import { tinyStudy } from '../../test/tiny-study.js';
import { describeStudies } from '../plan/describe-plan.js';
import type { StudySettings } from '../settings/study-settings.js';
import { runStudies } from './run-studies.js';

test.each([Number.NaN, 0.5, -1])(
  'settings that were changed by hand are checked before a stage runs: %s',
  async (value) => {
    const policy = tinyStudy('fig3');
    const where = { store: 'never-written', out: 'never-written', backend: { backend: 'wasm' } };
    const calls = (studies: readonly StudySettings[], processes = 1) => [
      runStudies({ ...where, studies, processes }),
      describeStudies({ ...where, backend: 'wasm', studies, processes }),
    ];
    const evaluated = (more: object) => ({ ...policy, evaluation: { ...policy.evaluation, ...more } });
    for (const [key, studies] of Object.entries({
      'evaluation.klPrompts': [evaluated({ klPrompts: value })],
      'evaluation.prompts': [evaluated({ prompts: value })],
      pairs: [{ study: 'fig1', scale: 'tiny', seeds: [1], pairs: value } as const],
    })) {
      for (const call of calls(studies)) {
        await expect(call).rejects.toMatchObject({
          code: 'invalid-setting',
          message: expect.stringContaining(key),
        });
      }
    }
    for (const call of calls([policy], value)) {
      await expect(call).rejects.toMatchObject({
        code: 'invalid-settings',
        message: expect.stringContaining(`processes must be an integer ≥ 1, got ${value}.`),
      });
    }
  },
);
