import { join } from 'node:path';
import { commandNames, presetSettings, readSettings } from '@ais/pipeline/settings';
import { builtInStudies } from '@ais/studies';
import { configuredStudies, configureStudies } from '@ais/studies/settings';
import { filesTarget } from '../files-target.js';
import { textFiles } from '../fixtures.js';
import type { FuzzTarget } from '../target.js';

/** What YAML is hard at. */
const HARD = [
  'a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c, *c]',
  `a: &a [${'x, '.repeat(9)}x]\n${'bcdefgh'
    .split('')
    .map((key, index) => `${key}: &${key} [${`*${'abcdefgh'[index]}, `.repeat(9)}x]`)
    .join('\n')}`,
  ...[
    'beta: 0.1',
    '  ',
    '\t',
    '- a',
    '? a',
    ': b',
    '&a',
    '*a',
    '!!binary aGk=',
    '!!js/function f',
    '<<: *a',
    '---',
  ],
  ...[
    '...',
    '%YAML 1.2',
    '"',
    "'",
    '|',
    '>',
    '{',
    '[',
    'training: {',
    'beta: 1e999',
    '__proto__: {a: 1}',
    '# ',
  ],
  `${'['.repeat(3000)}`,
  `${'- '.repeat(3000)}a`,
];
const STRANGE = [
  'dpo',
  'ais-dpo',
  'inverse-length',
  'tiny',
  'none',
  { importance: 'inverse-length' },
  { steps: 5 },
];

const yaml = [
  ...['preset: tiny', 'seed: 3', 'objective: ais-dpo', 'beta: 0.1', 'data:', '  heldOut: 64', 'training:'],
  ...['  steps: 5', '  batchSize: 8', '  learningRate: 1.0e-3', 'train:', '  importance:'],
  ...[
    '    smoothing: inverse-length',
    '    clip: { lower: 0.1, upper: 2 }',
    'judge:',
    '  template: "{prompt}"',
    '',
  ],
].join('\n');

/** Files of settings, in YAML and JSON, as every command reads them. */
export const settings: FuzzTarget = filesTarget({
  name: 'settings',
  share: 1,
  structured: 0.75,
  hard: HARD,
  strange: STRANGE,
  seeds: () => [
    textFiles({ 'ais.yaml': yaml }),
    textFiles({ 'ais.json': presetSettings('train', 'tiny', 'ais-dpo') }),
    textFiles({ 'ais.json': presetSettings('sft', 'tiny', undefined) }),
  ],
  async read(directory, { base, files }) {
    const [file = ''] = files.keys();
    const command = commandNames.filter((name) => name === (base === 2 ? 'sft' : 'train'))[0] ?? 'train';
    await readSettings(command, { file: join(directory, file) });
  },
});

const study = ['name: mine', 'title: Mine', 'runs:', '  - { title: DPO, beta: 0.1 }'];

/** A user's own studies, and settings of a study, in YAML and JSON. */
export const studySettings: FuzzTarget = filesTarget({
  name: 'study-settings',
  share: 1.5,
  structured: 0.75,
  hard: [
    ...HARD,
    '  - { title: AIS, objective: dpo, importance: none, beta: 1 }',
    'settings: { betas: [0.1] }',
  ],
  strange: [...STRANGE, [{ title: 'DPO', beta: 0.1 }], ...builtInStudies.slice(0, 4).map(({ name }) => name)],
  seeds: () => [
    textFiles({ 'study.yaml': [...study, 'settings: { preference: { batchSize: 8 } }', ''].join('\n') }),
    textFiles({ 'study.json': { name: 'mine', title: 'Mine', runs: [{ title: 'DPO', beta: 0.1 }] } }),
    textFiles({ 'over.yaml': 'preference: { learningRate: 3.0e-5, batchSize: 8 }\nbetas: [0.1, 1]\n' }),
  ],
  async read(directory, { base, files }) {
    const [file = ''] = files.keys();
    const path = join(directory, file);
    if (base === 2) await configureStudies({ name: 'fig3', scale: 'tiny', file: path }, 'store');
    else {
      await configuredStudies({ name: path });
      await configureStudies({ name: path, scale: 'tiny' }, 'store');
    }
  },
});
