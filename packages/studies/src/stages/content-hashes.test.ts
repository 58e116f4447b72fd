import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scales } from '@ais/pipeline/settings';
import { sha256, sha256OfJson } from '@ais/runtime/files';
import { stagesInOrder } from '@ais/workflow';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { policyPresetOf } from '../../test/preset-of.js';
import { planStudy } from '../plan/study-plan.js';
import { contentHashes, requireContents } from './content-hashes.js';
import { contentNameAt, withFiles } from './content-names.js';
import { hashOfPackage } from './module-hash.js';
import { stages } from './stages.js';

const paper = { ...policyPresetOf('fig4', { scale: 'paper' }), seeds: [1] };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ais-model-'));
  for (const file of ['config.json', 'model.safetensors', 'tokenizer.json', 'README.md'])
    write(file, 'first');
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (file: string, content: string): void => writeFileSync(join(folder, file), content);

/** The keys of the stages, by their kind and place, of a study that starts from models in folders. */
async function keys(policy: string, gold: string): Promise<Map<string, string>> {
  const { runs } = await planStudy(
    {
      ...paper,
      policy: { pretrained: policy },
      gold: { ...paper.gold, model: { pretrained: gold } },
    },
    'native',
  );
  const stages = stagesInOrder(runs.map(({ stage }) => stage));
  return new Map(stages.map(({ kind, key }, place) => [`${place} ${kind.name}`, key]));
}

/** Which stages are others than before. */
function others(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...before.keys()].filter((name) => before.get(name) !== after.get(name));
}

test('the runs of an objective that is a module are others with another content, and nothing else is', async () => {
  const module = (text: string): string =>
    `export default { specificationVersion: 'v1', name: 'mine', requires: { feedback: 'pairs', reference: false },
       evaluate: ({ policyRejected }) => ({ losses: policyRejected.clone(), metrics: {} }) }; // ${text}`;
  const [first] = paper.runs;
  const own = { title: 'Mine', objective: join(folder, 'mine.mjs'), importance: 'none' } as const;
  const planned = async (): Promise<Map<string, string>> => {
    const settings = {
      ...paper,
      runs: [...(first ? [first] : []), { method: own, beta: 0.1, data: 'D1' as const }],
    };
    const { runs } = await planStudy(settings, 'native');
    return new Map(
      stagesInOrder(runs.map(({ stage }) => stage)).map(({ kind, key }, at) => [`${at} ${kind.name}`, key]),
    );
  };
  write('mine.mjs', module('first'));
  const before = await planned();
  expect(await planned()).toEqual(before);
  write('mine.mjs', module('other'));
  expect(others(before, await planned())).toEqual([[...before.keys()].at(-1)]);
});

describe('the stages of a study that starts from a folder', () => {
  test('are others with other weights, but for the corpus', async () => {
    const before = await keys(folder, folder);
    write('model.safetensors', 'other');
    const after = await keys(folder, folder);
    expect([...before.keys()].slice(0, 2)).toEqual(['0 corpus', '1 sft']);
    expect(others(before, after)).toEqual([...before.keys()].slice(1));
  });

  test('are others with another tokenizer, the corpus too', async () => {
    const before = await keys(folder, folder);
    write('tokenizer.json', 'other');
    expect(others(before, await keys(folder, folder))).toEqual([...before.keys()]);
  });

  test('are others from the gold model on where only that has other weights', async () => {
    const before = await keys('owner/model', folder);
    write('model.safetensors', 'other');
    const changed = others(before, await keys('owner/model', folder));
    expect(changed[0]).toBe('2 sft');
    expect(changed).toContain('3 gold');
    expect(changed).not.toContain('1 sft');
  });

  test('stay with what no model is read from', async () => {
    const before = await keys(folder, folder);
    write('README.md', 'other');
    mkdirSync(join(folder, '.git'));
    expect(others(before, await keys(folder, folder))).toEqual([]);
  });

  test('are not planned where it cannot be read', async () => {
    const file = join(folder, 'README.md');
    await expect(keys(file, folder)).rejects.toMatchObject({
      name: 'PipelineError',
      key: 'policy.pretrained',
      message: expect.stringContaining('cannot be read'),
    });
  });
});

describe('the text of a study', () => {
  const corpusKey = async (changes: object): Promise<string> => {
    const { corpus } = await planStudy({ ...paper, ...changes }, 'native');
    return corpus.key;
  };

  test('is another with another template in the same file', async () => {
    const template = join(folder, 't.yaml');
    write('t.yaml', 'first');
    const before = await corpusKey({ template });
    expect(await corpusKey({ template })).toBe(before);
    write('t.yaml', 'other');
    expect(await corpusKey({ template })).not.toBe(before);
  });

  test('has no hash of a template that is built in, or written in the settings', async () => {
    for (const template of ['tldr', 'chat', { prompt: '{q}', response: '{a}' }, undefined])
      expect(await contentHashes().template('template', template)).toBeUndefined();
  });

  test('is another with another split of a dictionary of sets', async () => {
    const hash = () => contentHashes().source('source', folder);
    write('data-00000-of-00001.arrow', 'first');
    const flat = await hash();
    mkdirSync(join(folder, 'train'));
    write('train/data-00000-of-00001.arrow', 'first');
    // A single set has no folders, and whatever lies in one is not read.
    expect(await hash()).toBe(flat);
    write('dataset_dict.json', '{ "splits": ["train"] }');
    const before = await hash();
    write('train/data-00000-of-00001.arrow', 'other');
    expect(await hash()).not.toBe(before);
  });

  test('is another with another file of a mixture', async () => {
    const [a, b] = ['a.jsonl', 'b.csv'].map((name) => join(folder, name));
    const hash = () => contentHashes().source('source', `${a}*0.7, ${b}*0.3`);
    for (const name of ['a.jsonl', 'b.csv']) write(name, 'first');
    const before = await hash();
    expect(await hash()).toBe(before);
    write('b.csv', 'other');
    expect(await hash()).not.toBe(before);
    expect(await contentHashes().source('source', 'owner/name*1,other/name*2')).toBeUndefined();
  });
});

test.each(['chat_template.jinja', 'additional_chat_templates/tool_use.jinja'])(
  'the hashes of a model and of its tokenizer are others with another %s',
  async (file) => {
    const both = async (): Promise<(string | undefined)[]> => [
      await contentHashes().model('policy.pretrained', folder),
      await contentHashes().tokenizer('policy.pretrained', folder),
    ];
    const without = await both();
    mkdirSync(join(folder, 'additional_chat_templates'));
    mkdirSync(join(folder, 'onnx'));
    write('onnx/config.json', 'of something else');
    expect(await both()).toEqual(without);
    write(file, 'first');
    const before = await both();
    write(file, 'other');
    const after = await both();
    expect(new Set([...without, ...before, ...after]).size).toBe(6);
  },
);

test('the hash of a folder without templates is the one that it always had', async () => {
  const file = sha256('first');
  const names = ['config.json', 'model.safetensors', 'tokenizer.json'];
  expect(await contentHashes().model('policy.pretrained', folder)).toBe(
    sha256OfJson(Object.fromEntries(names.map((name) => [name, file]))),
  );
  expect(await contentHashes().tokenizer('policy.pretrained', folder)).toBe(
    sha256OfJson({ 'tokenizer.json': file }),
  );
});

test('a model of the Hub is keyed by its name alone', async () => {
  const { corpus, runs } = await planStudy(paper, 'native');
  const stages = stagesInOrder(runs.map(({ stage }) => stage));
  const models = stages.flatMap(({ settings }) => {
    const { model } = settings as { readonly model?: unknown };
    return model === undefined ? [] : [model];
  });
  expect(models).toEqual([
    { pretrained: scales.paper.pretrained?.policy },
    { pretrained: scales.paper.pretrained?.gold },
  ]);
  expect(corpus.settings).toMatchObject({ tokenizer: scales.paper.pretrained?.policy });
  expect(JSON.stringify(stages)).not.toContain('Hash');
});

test('files are read once', async () => {
  const hashes = contentHashes();
  const first = await hashes.model('policy.pretrained', folder);
  const tokenizer = await hashes.tokenizer('policy.pretrained', folder);
  for (const file of ['model.safetensors', 'tokenizer.json']) write(file, 'other');
  expect(await hashes.model('gold.model.pretrained', folder)).toBe(first);
  expect(await hashes.tokenizer('policy.pretrained', folder)).toBe(tokenizer);
  expect(await contentHashes().model('policy.pretrained', folder)).not.toBe(first);
});

test('what lies here under the name of a source or a judge that is built in is not meant', async () => {
  const hashes = contentHashes();
  const here = process.cwd();
  process.chdir(folder);
  try {
    for (const name of ['synthetic', 'facts', 'human']) write(name, 'a file');
    for (const name of ['synthetic', 'facts', 'human']) {
      expect(await hashes.source('source', name)).toBeUndefined();
      expect(await hashes.judge('gold.judge', name)).toBeUndefined();
    }
  } finally {
    process.chdir(here);
  }
});

describe('a module', () => {
  const hash = (): Promise<string | undefined> =>
    contentHashes().judge('gold.judge', join(folder, 'judge.mjs#strict'));

  test('is another with another module that it imports, or that one imports', async () => {
    write('judge.mjs', "import { a } from './a.mjs';\nexport const strict = a;");
    write('a.mjs', "export * from './b.js';\nexport { default as c } from './none.mjs';");
    write('b.ts', 'export const a: number = 1;');
    write('beside.mjs', 'of nobody');
    const seen = [await hash()];
    for (const file of ['b.ts', 'a.mjs', 'judge.mjs']) {
      write(file, `${readFileSync(join(folder, file), 'utf8')} // other`);
      seen.push(await hash());
    }
    expect(new Set(seen).size).toBe(4);
    write('beside.mjs', 'other');
    expect(await hash()).toBe(seen[3]);
  });

  test('is the same elsewhere, and so are two that import each other', async () => {
    const copy = join(folder, 'copy');
    mkdirSync(copy);
    write('judge.mjs', "export * from './other.mjs';");
    write('other.mjs', "import('./judge.mjs');");
    for (const file of ['judge.mjs', 'other.mjs'])
      writeFileSync(join(copy, file), readFileSync(join(folder, file)));
    expect(await contentHashes().objective('runs', join(copy, 'judge.mjs'))).toBe(await hash());
  });
});

test('a package is another with another version, or other code, and none where it is not installed', async () => {
  const root = join(folder, 'node_modules', '@org', 'judges');
  mkdirSync(join(root, 'dist'), { recursive: true });
  const install = (version: string, code: string): void => {
    writeFileSync(join(root, 'package.json'), JSON.stringify({ name: '@org/judges', version }));
    writeFileSync(join(root, 'dist', 'index.js'), code);
    writeFileSync(join(root, 'README.md'), code);
  };
  const below = join(folder, 'a', 'b');
  const hash = () => hashOfPackage('@org/judges/strict', undefined, below);
  install('1.0.0', 'first');
  const first = await hash();
  install('1.0.1', 'first');
  const newer = await hash();
  install('1.0.1', 'other');
  expect(new Set([first, newer, await hash()]).size).toBe(3);
  expect(await hashOfPackage('@org/none', undefined, below)).toBeUndefined();
});

describe('the same files elsewhere', () => {
  const files: Readonly<Record<string, string>> = {
    'posts.csv': 'prompt,response\n',
    'judge.mjs': 'export default {};',
    'template.yaml': 'prompt: "{q}"\nresponse: "{a}"\n',
    'pairs.jsonl': '{}',
    'mine.mjs': `export default { specificationVersion: 'v1', name: 'mine', requires: { feedback: 'pairs', reference: false },
      evaluate: ({ policyRejected }) => ({ losses: policyRejected.clone(), metrics: {} }) };`,
  };
  /** The stages of a study all of whose files are in a folder of this name. */
  const planned = async (name: string, changes: object = {}) => {
    const root = join(folder, name);
    mkdirSync(join(root, 'model'), { recursive: true });
    const at = (file: string): string => join(root, file);
    for (const [file, content] of Object.entries(files)) writeFileSync(at(file), content);
    for (const file of ['config.json', 'model.safetensors', 'tokenizer.json'])
      writeFileSync(join(root, 'model', file), 'first');
    const method = { title: 'Mine', objective: at('mine.mjs'), importance: 'none' } as const;
    const plan = await planStudy(
      {
        ...paper,
        source: at('posts.csv'),
        template: at('template.yaml'),
        policy: { pretrained: at('model') },
        gold: { ...paper.gold, model: { pretrained: at('model') }, judge: at('judge.mjs') },
        agreement: { ...paper.agreement, pairs: at('pairs.jsonl') },
        runs: [{ method, beta: 0.1, data: 'D0' }],
        ...changes,
      },
      'native',
    );
    return { ...plan, stages: stagesInOrder(plan.runs.map(({ stage }) => stage)) };
  };

  test('make the same stages, which are told where the files are', async () => {
    const [one, other] = [await planned('one'), await planned('other')];
    expect(one.stages.map(({ key }) => key)).toEqual(other.stages.map(({ key }) => key));
    expect(one.hashes).toEqual(other.hashes);
    expect(Object.keys(one.hashes).toSorted()).toEqual([
      'agreement.pairs',
      'gold.judge',
      'gold.model.pretrained',
      'objective of Mine',
      'policy.pretrained',
      'source',
      'template',
      'tokenizer',
    ]);
    for (const { settings } of one.stages) expect(JSON.stringify(settings)).not.toContain(folder);
    const at = (file: string) => join(folder, 'one', file);
    const placed = one.stages.map(({ settings, hints }) => withFiles(settings, hints));
    expect(placed[0]).toMatchObject({
      request: { source: at('posts.csv'), template: at('template.yaml') },
      tokenizer: at('model'),
    });
    expect(placed.at(-1)).toMatchObject({ method: { objective: at('mine.mjs') } });
    expect(one.gold).toMatchObject({ settings: { judge: expect.stringMatching(/^sha256:.*\.mjs$/) } });
    expect(() => withFiles(one.gold.settings, {})).toThrow(/does not say where it is/);
    // All stages that ask the judge are told which one the plan has.
    const asking = one.stages.filter(({ needs }) => 'gold' in needs);
    expect(asking.length).toBeGreaterThan(2);
    for (const { hints } of asking)
      expect(hints).toMatchObject({ judge: (one.gold.settings as { judge: string }).judge });
  });

  test('are one text, however they are spelled, and in a mixture too', async () => {
    const here = process.cwd();
    mkdirSync(join(folder, 'c'));
    for (const name of ['one', 'c']) await planned(name);
    process.chdir(join(folder, 'one'));
    try {
      const keyOf = async (source: string) => (await planStudy({ ...paper, source }, 'native')).corpus.key;
      expect(await keyOf('./posts.csv')).toBe(await keyOf('posts.csv'));
      expect(await keyOf('posts.csv*0.7,pairs.jsonl*0.3')).toBe(
        await keyOf('../c/posts.csv*0.7, ../c/pairs.jsonl*0.3'),
      );
      expect(await keyOf('posts.csv*0.7,pairs.jsonl*0.3')).not.toBe(
        await keyOf('posts.csv*0.6,pairs.jsonl*0.4'),
      );
    } finally {
      process.chdir(here);
    }
  });
});

describe('before a stage begins', () => {
  const cases: readonly (readonly [
    what: string,
    kind: keyof ReturnType<typeof contentHashes>,
    place: string,
    changes: string,
  ])[] = [
    ['a file of text', 'source', 'text.csv', 'text.csv'],
    ['a mixture', 'source', 'text.csv*0.5,more.jsonl*0.5', 'more.jsonl'],
    ['what a judge imports', 'judge', 'judge.mjs', 'rules.mjs'],
    ['an objective', 'objective', 'mine.mjs#strict', 'mine.mjs'],
    ['a template', 'template', 't.yaml', 't.yaml'],
    ["a model's weights", 'model', '.', 'model.safetensors'],
    ['a tokenizer', 'tokenizer', '.', 'tokenizer.json'],
  ];
  const hintsOf = async ([, kind, names]: (typeof cases)[number]): Promise<object> => {
    const place = names === '.' ? folder : names.replace(/(^|,)/g, `$1${folder}/`);
    const hash = await contentHashes()[kind]('setting', place);
    return { files: { [contentNameAt(place, hash ?? '')]: place } };
  };
  beforeEach(() => {
    for (const file of ['text.csv', 'more.jsonl', 'rules.mjs', 'mine.mjs', 't.yaml']) write(file, 'first');
    write('judge.mjs', "import './rules.mjs';");
  });

  test.each(cases)('%s is looked at again', async (...named) => {
    const hints = await hintsOf(named);
    await requireContents(hints);
    write(named[3], 'other');
    await expect(requireContents(hints)).rejects.toMatchObject({
      code: 'changed-file',
      message: expect.stringMatching(/has changed since the study was planned. Start the study again/),
    });
  });

  test('what is not on its machine is named', async () => {
    const hints = await hintsOf(['', 'source', 'text.csv', '']);
    rmSync(join(folder, 'text.csv'));
    await expect(requireContents(hints)).rejects.toThrow(/text\.csv does not exist on this machine/);
  });

  test('every kind of stage is refused with its files changed', async () => {
    const hints = await hintsOf(['', 'source', 'text.csv', '']);
    write('text.csv', 'other');
    for (const { run } of stages.kinds)
      await expect(run({}, {}, { hints } as never)).rejects.toMatchObject({ code: 'changed-file' });
  });
});
