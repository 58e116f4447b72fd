import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readSettings, settingsJsonSchema } from './read-settings.js';
import { assignment } from './settings-file.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ais-settings-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('readSettings', () => {
  it('refuses aliases that stand for millions of values', async () => {
    const levels = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (const [below, key] of ['ab', 'bc', 'cd', 'de'])
      levels.push(`${key}: &${key} [${Array(10).fill(`*${below}`).join(', ')}]`);
    const path = await file('sft.yaml', levels.join('\n'));
    await expect(readSettings('sft', { file: path })).rejects.toMatchObject({
      code: 'unreadable-file',
      message: expect.stringContaining(path),
    });
    const deep = await file('deep.yaml', `${'- '.repeat(20_000)}a`);
    await expect(readSettings('sft', { file: deep })).rejects.toMatchObject({ code: 'unreadable-file' });
  });

  it('puts flags over the file, and the file over the preset', async () => {
    const path = await file(
      'sft.yaml',
      'preset: small\nseed: 5 # mine\ntraining:\n  batchSize: 7\n  learningRate: 0.5\n',
    );
    const settings = await readSettings('sft', { file: path, flags: { training: { batchSize: 9 } } });
    expect(settings).toMatchObject({ preset: 'small', seed: 5, source: 'debian' });
    expect(settings.training).toMatchObject({ batchSize: 9, learningRate: 0.5, microBatchSize: 32 });
  });

  it('lets steps replace epochs, and epochs steps', async () => {
    const steps = await readSettings('sft', { flags: { preset: 'tiny', training: { steps: 3 } } });
    expect(steps.training).toMatchObject({ steps: 3 });
    expect(steps.training.epochs).toBeUndefined();
    const epochs = await readSettings('train', { flags: { preset: 'paper', training: { epochs: 2 } } });
    expect(epochs.training.epochs).toBe(2);
    expect(epochs.training.steps).toBeUndefined();
  });

  it.each([
    [
      'a.yaml',
      'seed: 1\ntraining:\n  batchsize: 8\n',
      /line 3: .*"training.batchsize".*"training.batchSize"/,
    ],
    ['b.yaml', 'sede: 1\n', /b.yaml, line 1: .*Did you mean "seed"/],
    ['c.json', '{\n  "training": {\n    "batchSize": "many"\n  }\n}', /c.json, line 3: .*expected number/],
    ['d.yaml', 'seed: [1\n', /d.yaml, line \d: neither YAML nor JSON/],
    ['e.yaml', 'just text', /e.yaml.*expected object/],
  ])('says what is wrong and where: %s', async (name, content, message) => {
    const path = await file(name, content);
    const reading = readSettings('sft', { file: path });
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ name: 'PipelineError', exit: 'usage' });
  });

  it('allows an editor’s $schema, and names what is missing', async () => {
    const path = await file('ok.json', '{ "$schema": "./ais.schema.json", "seed": 4 }');
    expect(await readSettings('sft', { file: path })).toMatchObject({ seed: 4 });
    await expect(readSettings('evaluate', {})).rejects.toThrow(
      'ais evaluate: "model" is missing. Pass --model, or set it in the settings file.',
    );
    const flags = { preset: 'tiny', model: 'm', referenceSync: { mixup: 0.5 } };
    await expect(readSettings('train', { flags })).rejects.toThrow(
      'ais train: "referenceSync.every" is missing. Pass --set referenceSync.every=VALUE, or set it in the settings file.',
    );
  });

  it('reads a file with a byte-order mark', async () => {
    const path = await file('bom.yaml', '\uFEFFseed: 6\n');
    expect(await readSettings('sft', { file: path })).toMatchObject({ seed: 6 });
  });

  it('serves every command from one file: shared settings, and a section for each command', async () => {
    const path = await file(
      'ais.yaml',
      [
        'source: mine.csv',
        'template: question-answer',
        'responses: r.jsonl',
        'scorer: ./judge.mjs',
        'training: { batchSize: 16, learningRate: 1.0e-5 }',
        'train: { objective: ./plugin.mjs, beta: 0.01, training: { learningRate: 1.0e-6 } }',
        'generate: { model: runs/sft, temperature: 0.7 }',
        'label: { temperature: 2 }',
      ].join('\n'),
    );
    const sft = await readSettings('sft', { file: path });
    expect(sft).toMatchObject({ source: 'mine.csv', training: { batchSize: 16, learningRate: 1e-5 } });
    const train = await readSettings('train', { file: path });
    expect(train).toMatchObject({
      beta: 0.01,
      objective: join(folder, 'plugin.mjs'),
      scorer: join(folder, 'judge.mjs'),
      training: { batchSize: 16, learningRate: 1e-6 },
    });
    expect(await readSettings('generate', { file: path })).toMatchObject({
      model: 'runs/sft',
      temperature: 0.7,
    });
    expect(await readSettings('label', { file: path })).toMatchObject({
      responses: 'r.jsonl',
      temperature: 2,
    });
  });

  it('uses a preset’s text only where nothing else was given, and its counts for its own text only', async () => {
    expect(await readSettings('train', { flags: { preset: 'tiny' } })).toMatchObject({
      source: 'synthetic',
      data: { records: 2000, heldOut: 256 },
    });
    const own = await readSettings('train', { flags: { preset: 'tiny', source: 'mine.csv' } });
    expect(own.data).toMatchObject({ maxPromptTokens: 64 });
    expect(own.data.records).toBeUndefined();
    const asked = await readSettings('train', {
      flags: { preset: 'tiny', source: 'mine.csv', data: { records: 9 } },
    });
    expect(asked.data.records).toBe(9);
    const pairs = await readSettings('train', { flags: { preset: 'tiny', pairs: 'mine.jsonl' } });
    expect(pairs.source).toBeUndefined();
    expect((await readSettings('train', { flags: { model: 'm' } })).source).toBeUndefined();
  });

  it.each([
    ['sft', 'tiny', { heldOut: 256 }],
    ['sft', 'tiny', { heldOut: 255 }],
    ['sft', 'tiny', { records: 9600 }],
    ['train', 'paper', { heldOut: 512, records: 92_800 }],
  ] as const)(
    'keeps the counts that are given to ais %s --preset %s: %o',
    async (command, preset, counts) => {
      const flags = { preset, source: 'mine.jsonl' };
      const path = await file('counts.yaml', JSON.stringify({ data: counts }));
      const assignments = Object.entries(counts).map(([key, count]) => `data.${key}=${count}`);
      for (const layers of [
        { flags: { ...flags, data: counts } },
        { flags, file: path },
        { flags, assignments },
        // A run on that text passes its counts on.
        { flags: { preset, model: 'm' }, ofModel: async () => ({ source: 'mine.jsonl', data: counts }) },
      ]) {
        const { data } = await readSettings(command, layers);
        expect({ records: data.records, heldOut: data.heldOut }).toEqual({
          records: undefined,
          heldOut: undefined,
          ...counts,
        });
      }
    },
  );

  it('takes a preset’s counts for its own text only from a run, too', async () => {
    const ofModel = async () => ({ source: 'synthetic', data: { records: 9600, heldOut: 256 } });
    for (const flags of [{ preset: 'tiny' }, {}]) {
      const layers = { flags: { ...flags, model: 'runs/sft', source: 'mine.csv' }, ofModel };
      const { data } = await readSettings('train', layers);
      expect([data.records, data.heldOut]).toEqual([undefined, undefined]);
    }
    const same = await readSettings('sft', { flags: { model: 'runs/sft' }, ofModel });
    expect(same.data).toMatchObject({ records: 9600, heldOut: 256 });
  });

  it('takes the count of records of a preset’s text from a run of the same command only', async () => {
    const data = { records: 9600, heldOut: 64 };
    const counts = async (
      command: 'sft' | 'reward' | 'train' | 'generate',
      flags: object,
      source: string,
    ) => {
      const layers = {
        flags: { ...flags, model: 'runs/sft' },
        ofModel: async () => ({ command: 'sft', source, data }),
      };
      const { data: found } = await readSettings(command, layers);
      return [found.records, found.heldOut];
    };
    expect(await counts('sft', {}, 'synthetic')).toEqual([9600, 64]);
    expect(await counts('reward', { preset: 'tiny' }, 'synthetic')).toEqual([1500, 64]);
    expect(await counts('train', { preset: 'tiny' }, 'synthetic')).toEqual([2000, 64]);
    expect(await counts('train', {}, 'synthetic')).toEqual([undefined, 64]);
    expect(await counts('generate', { preset: 'tiny', split: 'reward' }, 'synthetic')).toEqual([
      undefined,
      64,
    ]);
    expect(await counts('train', { preset: 'tiny', data: { records: 5 } }, 'synthetic')).toEqual([5, 64]);
    expect(await counts('train', { preset: 'tiny' }, 'mine.csv')).toEqual([9600, 64]);
  });

  it('takes the counts of a run for its own text only', async () => {
    const data = { records: 40, heldOut: 2 };
    const counts = async (source?: string) => {
      const flags = { model: 'runs/sft', ...(source !== undefined && { source }) };
      const found = await readSettings('generate', {
        flags,
        ofModel: async () => ({ source: 'mine.csv', data }),
      });
      return [found.data.records, found.data.heldOut];
    };
    expect(await counts()).toEqual([40, 2]);
    expect(await counts('./mine.csv')).toEqual([40, 2]);
    expect(await counts('other.csv')).toEqual([undefined, undefined]);
  });

  it.each([
    ['training.steps', 'training.epochs', '--steps', '--epochs'],
    ['training.warmupSteps', 'training.warmupFraction', '--warmup-steps', '--warmup-fraction'],
  ])('refuses %s beside %s in one layer, and lets a later layer choose', async (one, other, ...flags) => {
    const training = { [one.split('.')[1] as string]: 3, [other.split('.')[1] as string]: 1 };
    const message = `${one} (${flags[0]}) and ${other} (${flags[1]}) say the same in two ways. Give one of them.`;
    const path = await file('two-ways.yaml', `train:\n  training: ${JSON.stringify(training)}\n`);
    const shown = message.replaceAll('training.', 'train.training.');
    await expect(readSettings('train', { file: path })).rejects.toThrow(`${path}, line 2: ${shown}`);
    await expect(readSettings('train', { flags: { preset: 'tiny', training } })).rejects.toThrow(
      `the command line: ${message}`,
    );
    const assignments = [`${other}=1`, `${one}=3`];
    await expect(readSettings('train', { assignments })).rejects.toThrow(`--set: ${message}`);
    const ofFile = await file('one-way.yaml', `${one.replace('.', ': { ')}: 3 }\n`);
    const { training: found } = await readSettings('train', {
      flags: { preset: 'tiny', model: 'm' },
      file: ofFile,
      assignments: [`${other}=1`],
    });
    expect(found).toMatchObject({ [other.split('.')[1] as string]: 1 });
    expect(found).not.toHaveProperty(one.split('.')[1] as string);
  });

  it('keeps all that an interrupted run was started with, whatever is said again', async () => {
    const stored = await readSettings('train', {
      flags: { preset: 'tiny', model: 'runs/sft', pairs: 'mine.jsonl' },
      ofModel: async () => ({ source: 'synthetic', data: { heldOut: 256 } }),
    });
    const again = await readSettings('train', {
      stored: { ...stored },
      flags: { preset: 'tiny', pairs: 'mine.jsonl' },
    });
    expect(again).toEqual(stored);
  });

  it('takes text, template, and lengths from the run whose model is used', async () => {
    const ofModel = async () => ({
      source: 'mine.csv',
      pairs: 'mine-pairs.jsonl',
      template: { prompt: '{question}', response: '{answer}' },
      data: { maxPromptTokens: 99, maxResponseTokens: 11, splitSeed: 5 },
    });
    const generate = await readSettings('generate', { flags: { model: 'runs/sft' }, ofModel });
    expect(generate).toMatchObject({
      source: 'mine.csv',
      template: { prompt: '{question}' },
      data: { maxPromptTokens: 99, maxResponseTokens: 11, splitSeed: 5 },
    });
    const train = await readSettings('train', {
      flags: { preset: 'tiny', model: 'runs/sft', data: { maxPromptTokens: 50 } },
      ofModel,
    });
    expect(train).toMatchObject({ source: 'mine.csv', data: { maxPromptTokens: 50, maxResponseTokens: 11 } });
    expect(train.data.records).toBeUndefined();
  });

  it('lays variables of the chat template over each other, one by one, in every command that renders', async () => {
    const path = await file(
      'variables.yaml',
      'templateVariables: { enable_thinking: false, effort: high }\n',
    );
    for (const command of ['sft', 'reward', 'train', 'generate', 'evaluate', 'chat'] as const) {
      const { templateVariables } = await readSettings(command, {
        file: path,
        flags: { model: 'm', ...(command !== 'chat' && { preset: 'tiny' }) },
        assignments: ['templateVariables.effort=low', 'templateVariables.languages=[de, 3]'],
      });
      expect(templateVariables).toEqual({ enable_thinking: false, effort: 'low', languages: ['de', 3] });
    }
  });

  it.each([
    ['{ effort: { a: 1 } }', 'templateVariables.effort: expected true, false, a number, a string, or a list'],
    ['{ effort: null }', 'templateVariables.effort: expected true'],
    ['{ effort: [[1]] }', 'templateVariables.effort: expected true'],
    ['{ effort: .nan }', 'templateVariables.effort: expected true'],
    ['[a]', 'templateVariables: expected names and values, such as enable_thinking: false'],
    ['false', 'templateVariables: expected names and values'],
  ])('names the variable of a chat template that is none: %s', async (variables, message) => {
    const assignments = [`templateVariables=${variables}`];
    await expect(readSettings('chat', { flags: { model: 'm' }, assignments })).rejects.toMatchObject({
      code: 'invalid-setting',
      message: expect.stringContaining(message),
    });
  });

  it('renders conversations where variables of the chat template are given, messages of plain text too', async () => {
    const templateVariables = { enable_thinking: false };
    const chatTemplate = { chat: '{{ enable_thinking }}', variables: { enable_thinking: true } };
    const of = (run: object, flags: object = { templateVariables }) =>
      readSettings('generate', {
        flags: { model: 'm', ...flags },
        ofModel: async () => ({
          source: 'a.csv',
          data: { maxPromptTokens: 9, maxResponseTokens: 9 },
          ...run,
        }),
      });
    expect(await of({ template: 'chat', chatTemplate })).toMatchObject({
      template: 'chat',
      chatTemplate,
      templateVariables,
    });
    expect((await of({ template: 'chat', chatTemplate }, { chatTemplate: 'mine' })).template).toBe('chat');
    const row = { template: { prompt: '{a}', response: '{b}' } };
    expect((await of(row)).template).toBeUndefined();
    expect((await of(row, {})).template).toEqual(row.template);
  });

  it('takes columns and a template that are given with pairs for the pairs: the run’s source keeps its own', async () => {
    const columns = { question: 'Asked', answer: 'Said' };
    const template = { prompt: '{question}', response: '{answer}' };
    const ofModel = async () => ({
      source: 'asked.csv',
      columns,
      template,
      data: { maxPromptTokens: 9, maxResponseTokens: 9 },
      pairs: 'old.csv',
      pairColumns: { chosen: 'better' },
      pairTemplate: 'chat',
    });
    const of = (flags: object, more: object = {}) =>
      readSettings('train', {
        flags: { preset: 'tiny', model: 'runs/sft', ...flags },
        ofModel,
        ...more,
      });
    expect(await of({})).toMatchObject({ columns, pairColumns: { chosen: 'better' }, pairTemplate: 'chat' });
    const plain = await of({ pairs: 'p.csv' });
    expect(plain).toMatchObject({ columns, template });
    expect([plain.pairColumns, plain.pairTemplate]).toEqual([undefined, undefined]);
    const flags = {
      pairs: 'p.csv',
      columns: { question: 'prompt', chosenReward: 'stars' },
      template: 'prompt-completion',
    };
    const given = await of(flags);
    expect(given).toMatchObject({
      columns,
      template,
      pairTemplate: 'prompt-completion',
      pairColumns: { question: 'prompt', chosenReward: 'stars' },
    });
    expect(await of(flags, { stored: { ...given } })).toEqual(given);
    const both = await of({ ...flags, source: 'mine.csv' });
    expect(both).toMatchObject({
      columns: { question: 'prompt' },
      template: 'prompt-completion',
      pairColumns: { chosenReward: 'stars' },
    });
    expect(both.pairTemplate).toBeUndefined();
    const source = await of({ columns: { question: 'prompt' } });
    expect(source.columns).toMatchObject({ question: 'prompt' });
  });

  it('reads key=value', () => {
    expect(assignment('training.batchSize=8')).toEqual({ training: { batchSize: 8 } });
    expect(assignment('source=a=b.jsonl')).toEqual({ source: 'a=b.jsonl' });
    expect(() => assignment('seed')).toThrow(/expected key=value.*got "seed"/);
    expect(() => assignment('training={ steps: 5')).toThrow(
      /--set training={ steps: 5: the value is neither YAML nor JSON: Flow map/,
    );
  });

  it('names a key that is a list, and lets Node print no warning', async () => {
    const warned = vi.spyOn(process, 'emitWarning');
    const path = await file('keys.yaml', '[a, b]: 1\n');
    await expect(readSettings('sft', { file: path })).rejects.toThrow(/no setting "\[ a, b \]"/);
    await expect(readSettings('sft', { assignments: ['data={[a, b]: 1}'] })).rejects.toThrow(
      /no setting "data\.\[ a, b \]"/,
    );
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it('is described by a JSON Schema that has every section, help, and defaults', () => {
    const { properties } = settingsJsonSchema() as { properties: Record<string, { description?: string }> };
    expect(Object.keys(properties)).toEqual(
      expect.arrayContaining(['source', 'training', 'sft', 'evaluate']),
    );
    expect(properties['beta']?.description).toMatch(/KL/);
  });
});

describe('presets', () => {
  // The settings that the paper gives.
  it.each([
    ['sft', undefined, { epochs: 1, batchSize: 64, microBatchSize: 8, learningRate: 3e-6, warmupSteps: 0 }],
    ['reward', undefined, { batchSize: 64, learningRate: 3e-6, schedule: 'cosine' }],
    [
      'train',
      'dpo',
      { steps: 1450, batchSize: 64, learningRate: 1e-6, schedule: 'cosine', warmupSteps: 150 },
    ],
    [
      'train',
      'rloo',
      { steps: 1200, batchSize: 256, learningRate: 3e-6, schedule: 'constant', warmupFraction: 0.03 },
    ],
    ['train', 'humanline-rloo', { steps: 1200, batchSize: 256, learningRate: 3e-6, warmupFraction: 0.03 }],
    ['train', 'ais-humanline-dpo', { steps: 1450, batchSize: 64, learningRate: 1e-6, warmupSteps: 150 }],
  ] as const)('have the paper’s settings of %s %s', async (command, objective, expected) => {
    const { training } = await readSettings(command, {
      flags: { preset: 'paper', ...(objective && { objective }) },
    });
    expect(training).toMatchObject(expected);
    expect(training).toMatchObject({ adamEpsilon: 1e-5, weightDecay: 0, maxGradientNorm: 1 });
  });
});
