import { sha256 } from '@ais/runtime/files';
import { expect, test } from 'vitest';
import { configureStudies } from '../configuration/study-configuration.js';
import { stagesOfStudies } from './study-stages.js';

// Large stores of finished stages have these keys: where one changes, days of computing are lost. After a change that alters what
// stages of a kind leave, give the kind another version, and write down the new keys.
test.each([
  ['fig2', 'small', [], '9f2bfdcb42b2daa8'],
  ['fig2', 'small', ['source=describe', 'gold.judge=facts'], 'cf89b5f023e7359d'],
  ['fig5', 'small', ['source=synopses', 'gold.judge=human'], '2918f0c8e9c8668a'],
  ['fig6', 'tiny', [], 'aa731fa454472aa0'],
  ['readings', 'small', [], '612102657d8dfc6f'],
  ['fig4', 'paper', [], '3aece1280e3dbf2c'],
  ['exact', 'tiny', [], '2df0731dfa930049'],
])(
  'the stages of %s at scale %s with %j have the keys that they always had',
  async (name, scale, assignments, digest) => {
    const { settings } = await configureStudies({ name, scale, seeds: [1], assignments }, 'store');
    const { stages } = await stagesOfStudies(settings, 'native');
    expect(sha256(stages.map(({ kind, key }) => `${kind.name} ${key}`).join('\n')).slice(0, 16)).toBe(digest);
  },
);
