import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { caseFolder, input } from './case-folder.js';
import { smallModel } from './small-model.js';

const { at, write, ais, answer } = caseFolder();
const backend = ['--backend', process.env['AIS_BACKEND'] ?? 'wasm'];

const kept = (metrics: object): object =>
  Object.fromEntries(Object.entries(metrics).filter(([name]) => !/second|memory|time/i.test(name)));

describe('whole numbers of any width are tokens', () => {
  const rest = [
    '--steps',
    '1',
    '--batch-size',
    '2',
    '--set',
    'evaluation.points=0',
    '--objective',
    'ais-dpo',
    ...backend,
  ];
  const trained = async (name: string) => {
    const { metrics } = await answer(
      ...['train', '--model', at('model'), '--pairs', input(name), ...rest, '--out', at(`of-${name}`)],
    );
    return kept(metrics as object);
  };
  let right: object | undefined;

  test.each([
    ...['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64'].map(
      (kind) => `pairs-${kind}.parquet`,
    ),
    ...['int8', 'uint16', 'int64', 'uint64'].map((kind) => `pairs-${kind}.arrow`),
    ...['pairs-large-list.parquet', 'pairs-large-list.arrow', 'pairs-dictionary.parquet'],
    ...['pairs-pandas.parquet', 'pairs-polars.parquet', 'pairs-polars.arrow'],
  ])('%s trains as pairs.jsonl does', async (name) => {
    if (!right) {
      await smallModel(at('model'));
      right = await trained('pairs.jsonl');
      // The log-probabilities of the rows are used: the reference's own would weigh 1.
      expect(right).toHaveProperty(['weights/mean']);
      expect((right as Record<string, number>)['weights/mean']).not.toBeCloseTo(1, 3);
    }
    expect(await trained(name)).toEqual(right);
  });

  let runs = 0;
  test.each(['pairs-int64.parquet', 'pairs-uint64.arrow', 'pairs-pandas.parquet'])(
    'ais reward and evaluate read %s',
    async (name) => {
      await smallModel(at('judge'));
      runs += 1;
      const learned = async (pairs: string) =>
        kept(
          (
            await answer(
              ...[
                'reward',
                '--model',
                at('judge'),
                '--pairs',
                input(pairs),
                '--steps',
                '1',
                '--batch-size',
                '2',
              ],
              ...[...backend, '--out', at(`judge-${runs}-${pairs}`)],
            )
          )['metrics'] as object,
        );
      expect(await learned(name)).toEqual(
        await learned(name === 'pairs-int64.parquet' ? 'pairs.jsonl' : 'pairs-int8.parquet'),
      );
      const measured = await answer(
        ...[
          'evaluate',
          '--model',
          at('judge'),
          '--pairs',
          input(name),
          '--set',
          'validationFraction=0.5',
          ...backend,
        ],
        ...['--set', 'klPrompts=0', '--max-response-tokens', '4'],
      );
      expect(measured['metrics']).toHaveProperty('eval_loss');
    },
  );
});

describe('tables', () => {
  test.each(['first', 'middle', 'last', 'many'])('row groups of no rows: %s', async (where) => {
    const out = at(`group-${where}.jsonl`);
    expect(await answer('data', 'import', input(`empty-group-${where}.parquet`), '--out', out)).toMatchObject(
      { pairs: 4 },
    );
    const ids = [...readFileSync(out, 'utf8').matchAll(/"id":"?(\d+)/g)].map(([, id]) => id);
    // Beyond 2⁵³, where JavaScript's numbers have gaps.
    expect(ids).toEqual(['9007199254740993', '9007199254740994', '9007199254740995', '9007199254740996']);
  });

  test.each(['empty-pyarrow.parquet', 'empty-pandas.parquet', 'empty-polars.parquet', 'empty.arrow'])(
    'no row at all: %s',
    async (name) => {
      expect(await answer('data', 'export', input(name), '--out', at(`${name}.jsonl`))).toMatchObject({
        pairs: 0,
      });
      await smallModel(at('nothing'));
      const { status, said } = await ais(
        ...[
          'reward',
          '--model',
          at('nothing'),
          '--pairs',
          input(name),
          '--steps',
          '1',
          ...backend,
          '--out',
          at('never'),
        ],
      );
      expect(status).not.toBe(0);
      expect(said).toContain(`${name} has no pairs`);
    },
  );
});

describe('ids beyond 2⁵³ are kept, or refused', () => {
  const big = ['9007199254740993', '1234567890123456789', '18446744073709551615', '-9007199254740993'];
  const line = (id: string, n: number) =>
    `{"id": ${id}, "prompt": "Lake ${n}?", "chosen": "Deep ${n}.", "rejected": "No."}`;
  const forms: readonly (readonly [string, string])[] = [
    ['ids.jsonl', big.map(line).join('\n')],
    ['ids.json', `[${big.map(line).join(',\n ')}]`],
    ['ids-nested.jsonl', big.map((id, n) => line(id, n).replace('}', `, "info": {"id": ${id}}}`)).join('\n')],
    [
      'ids.csv',
      `id,prompt,chosen,rejected\n${big.map((id, n) => `${id},Lake ${n}?,Deep ${n}.,No.`).join('\n')}`,
    ],
    ['ids-as-text.jsonl', big.map((id, n) => line(`"${id}"`, n)).join('\n')],
  ];
  test.each(forms)('%s', async (name, content) => {
    const out = at(`${name}.out.jsonl`);
    expect(await answer('data', 'import', write(name, content), '--out', out)).toMatchObject({ pairs: 4 });
    const found = readFileSync(out, 'utf8')
      .trim()
      .split('\n')
      .map((text) => (JSON.parse(text) as { id: string }).id);
    expect(found).toEqual(big);
  });

  test.each(['1e300', '1.5', '12345678901234567890.5', '1e17'])('%s is no id', async (id) => {
    const { status, said } = await ais(
      'data',
      'import',
      write('odd.jsonl', line(id, 1)),
      '--out',
      at('odd.out.jsonl'),
    );
    expect(status).not.toBe(0);
    expect(said).toMatch(/line 1.*"id"/);
  });
});

describe('a byte-order mark is no part of a text', () => {
  const marked = (name: string, text: string): string => {
    const path = at(name);
    writeFileSync(path, `\uFEFF${text}`);
    return path;
  };
  const pair = { prompt: 'Lake?', chosen: 'Deep.', rejected: 'No.' };
  test.each([
    ['bom.jsonl', `${JSON.stringify(pair)}\n`],
    ['bom.json', JSON.stringify([pair])],
    ['bom.csv', 'prompt,chosen,rejected\nLake?,Deep.,No.\n'],
    ['bom.tsv', 'prompt\tchosen\trejected\nLake?\tDeep.\tNo.\n'],
  ])('%s', async (name, text) => {
    const out = at(`${name}.out.jsonl`);
    expect(await answer('data', 'export', marked(name, text), '--out', out)).toMatchObject({ pairs: 1 });
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(pair);
  });

  test.each([
    'config.json',
    'generation_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'special_tokens_map.json',
  ])('in %s of a model', async (file) => {
    await smallModel(at('marked'), {
      always: 0,
      files: { 'special_tokens_map.json': { eos_token: '<|endoftext|>' } },
    });
    const path = at('marked', file);
    writeFileSync(path, `\uFEFF${readFileSync(path, 'utf8')}`);
    const source = write(
      'marked-rows.jsonl',
      [1, 2, 3].map((n) => ({ prompt: `Lake ${n}?`, completion: ' Deep.' })),
    );
    const out = at('marked.jsonl');
    expect(
      await answer(
        ...[
          'generate',
          '--model',
          at('marked'),
          '--source',
          source,
          '--samples',
          '1',
          ...backend,
          '--out',
          out,
        ],
        ...['--set', 'split=supervised'],
      ),
    ).toMatchObject({ finished: 2, tokens: 2 });
  });

  test.each([
    ['settings.yaml', 'seed: 12\n'],
    ['settings.json', '{ "seed": 12 }\n'],
  ])('in %s', async (name, text) => {
    const { settings } = await answer(
      'train',
      '--preset',
      'tiny',
      '--config',
      marked(name, text),
      '--dry-run',
      ...backend,
    );
    expect(settings).toMatchObject({ seed: 12 });
  });

  test('in a template, and in the options of ais data build', async () => {
    const template = marked('template.json', '{ "prompt": "Q: {question}", "response": " {answer}" }');
    const source = write('asked.jsonl', [{ question: 'Lake?', answer: 'Deep.' }]);
    const config = marked('build.json', JSON.stringify({ splits: { train: 1 }, vocabularySize: 300 }));
    const { manifest } = await answer(
      ...[
        'data',
        'build',
        '--source',
        source,
        '--template',
        template,
        '--config',
        config,
        '--threads',
        '1',
        '--out',
        at('set'),
      ],
    );
    expect(manifest).toMatchObject({ records: 1 });
  });
});
