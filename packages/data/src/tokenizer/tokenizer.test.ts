import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HubServer } from '../../../runtime/test/hub-server.js';
import json from '../../fixtures/tokenizer.json' with { type: 'json' };
import golden from '../../fixtures/tokenizer-golden.json' with { type: 'json' };
import { loadTokenizer } from './load-tokenizer.js';
import { createTokenizer } from './tokenizer.js';
import type { TokenizerJson } from './tokenizer-json.js';

const tokenizer = createTokenizer(json as TokenizerJson);
const fixtures = new URL('../../fixtures/', import.meta.url).pathname;
let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ais-data-tokenizer-'));
});
afterAll(() => rm(scratch, { recursive: true }));

describe('createTokenizer', () => {
  it('gives the ids and the texts of the Rust library', () => {
    expect(golden.texts.length).toBeGreaterThan(400);
    for (const { text, ids, decoded } of golden.texts) {
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(ids);
      expect(tokenizer.decode(ids), JSON.stringify(text)).toBe(decoded);
    }
  });

  it('knows its size and its end-of-text token', () => {
    expect(tokenizer.vocabularySize).toBe(512);
    expect(tokenizer.endOfTextToken).toBe(0);
    expect(tokenizer.decode([...tokenizer.encode(' soup'), 0])).toBe(' soup');
  });

  it('takes texts in words without changing their tokens', () => {
    const whole = createTokenizer({
      ...(json as TokenizerJson),
      added_tokens: [
        ...((json as TokenizerJson).added_tokens ?? []),
        { id: 512, content: 'never met', special: false },
      ],
    });
    expect(tokenizer.splitsBeforeSpace).toBe(true);
    expect(whole.splitsBeforeSpace).toBe(false);
    const texts = fc.string({
      unit: fc.oneof(
        {
          weight: 3,
          arbitrary: fc.constantFrom(' ', '\n', '\t', '\u0085', '\u3000', '\uFEFF', "'s", "'", '\r'),
        },
        { weight: 3, arbitrary: fc.constantFrom('the', 'lake', 'e\u0301', '12', '.', '<|endoftext|>') },
        { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 2 }) },
      ),
    });
    fc.assert(
      fc.property(texts, (text) => {
        expect(tokenizer.encode(text)).toEqual(whole.encode(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!text.includes('<|endoftext|>'));
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
    );
  });

  it.each([
    ['null', null],
    ['a list', []],
    ['no model', { version: '1.0' }],
    ['a model without vocabulary', { model: { type: 'BPE' } }],
    ['an unknown model', { model: { type: 'Oracle', vocab: {} } }],
    [
      'no end-of-text token',
      { ...json, added_tokens: [], model: { ...json.model, vocab: { a: 0 }, merges: [] } },
    ],
  ])('refuses %s', (_, content) => {
    expect(() => createTokenizer(content as TokenizerJson)).toThrow(
      expect.objectContaining({ name: 'DataError', code: 'invalid-tokenizer' }),
    );
  });

  it.each([
    ['of a token that is not there', {}, ['nope', 'no']],
    ['of a result that is not there', {}, ['!', '!']],
    ['of three tokens', {}, '! ! !'],
    ['without the prefix of its second token', { continuing_subword_prefix: '##' }, json.model.merges[0]],
  ])('refuses a merge %s, before any engine sees it', (_, options, merge) => {
    const model = { ...json.model, ...options, merges: [merge] };
    expect(() => createTokenizer({ ...json, model } as TokenizerJson, {}, 'odd.json')).toThrow(
      expect.objectContaining({
        code: 'invalid-tokenizer',
        message: `@ais/data: odd.json has the merge ${JSON.stringify(merge)}, but not all of its tokens. It is damaged: get it again.`,
      }),
    );
  });

  it('refuses an added token whose id is not the one that the Rust library gives it', () => {
    const tokens = [...json.added_tokens, { ...json.added_tokens[0], id: 600, content: '<new>' }];
    expect(() => createTokenizer({ ...json, added_tokens: tokens } as TokenizerJson, {}, 'odd.json')).toThrow(
      `odd.json gives its added token "<new>" the id 600, but Hugging Face's tokenizers gives it 512. Correct the file.`,
    );
  });

  it.each([1.5, -1, 512, Number.NaN])('refuses to decode %d, and says whose tokens it knows', (token) => {
    expect(() => tokenizer.decode([5, token])).toThrow(
      expect.objectContaining({
        code: 'invalid-token',
        message: `@ais/data: ${token} is not a token of tokenizer.json, which has 512. Decode with the tokenizer that made the tokens.`,
      }),
    );
  });

  it.each([
    ['the configuration names', { pad_token: { content: '!' } }, json, tokenizer.encode('!')[0]],
    ['nobody names', {}, json, undefined],
    [
      'GPT-NeoX has without naming it',
      {},
      { ...json, added_tokens: [...json.added_tokens, { id: 512, content: '<|padding|>', special: true }] },
      512,
    ],
  ])('knows the padding token that %s', (_, configuration, content, token) => {
    expect(createTokenizer(content as TokenizerJson, configuration).paddingToken).toBe(token);
  });
});

describe('loadTokenizer and save', () => {
  it('reads back what it wrote, as it was', async () => {
    const directory = join(scratch, 'saved', 'deep');
    await tokenizer.save(directory);
    expect(JSON.parse(await readFile(join(directory, 'tokenizer.json'), 'utf8'))).toEqual(json);
    const configuration = JSON.parse(await readFile(join(directory, 'tokenizer_config.json'), 'utf8'));
    expect(configuration).toMatchObject({ eos_token: '<|endoftext|>', clean_up_tokenization_spaces: false });
    const loaded = await loadTokenizer(directory);
    expect(loaded.encode('we meet at the lake')).toEqual(tokenizer.encode('we meet at the lake'));
    expect((await loadTokenizer(join(fixtures, 'tokenizer.json'))).vocabularySize).toBe(512);
  });

  it('takes the end-of-text token that the folder names', async () => {
    const directory = join(scratch, 'named');
    await tokenizer.save(directory);
    const write = (file: string, content: object) =>
      writeFile(join(directory, file), JSON.stringify(content));
    await write('tokenizer_config.json', { eos_token: { content: '!' } });
    const loaded = await loadTokenizer(directory);
    expect(loaded.endOfText).toBe('!');
    expect(loaded.endOfTextToken).toBe(tokenizer.encode('!')[0]);
    expect(loaded.name).toBe(directory);
    expect(loaded.fingerprint).not.toBe(tokenizer.fingerprint);
    await write('special_tokens_map.json', { eos_token: '#' });
    expect((await loadTokenizer(directory)).endOfText).toBe('#');
  });

  it('saves again what it loaded, to the byte, and leaves nothing of another tokenizer', async () => {
    const [first, second] = [join(scratch, 'first'), join(scratch, 'second')];
    await tokenizer.save(first);
    const companions = {
      'tokenizer_config.json':
        '{"eos_token": "<|endoftext|>", "model_max_length": 1000000000000000019884624838656, "chat_template": "{{ x }}"}',
      'special_tokens_map.json': '{ "eos_token": "<|endoftext|>" }',
      'chat_template.jinja': '{% for message in messages %}…{% endfor %}\n',
    };
    for (const [file, text] of Object.entries(companions)) await writeFile(join(first, file), text);
    await tokenizer.save(second);
    await writeFile(join(second, 'added_tokens.json'), '{"<other>": 512}');
    await (await loadTokenizer(first)).save(second);
    expect((await readdir(second)).sort()).toEqual([...Object.keys(companions), 'tokenizer.json'].sort());
    for (const file of await readdir(first)) {
      expect(await readFile(join(second, file), 'utf8'), file).toBe(
        await readFile(join(first, file), 'utf8'),
      );
    }
  });

  it('keeps the numbers of the configuration as they are written where another token ends texts', async () => {
    const [own, other] = [join(scratch, 'own-end'), join(scratch, 'ends-otherwise')];
    const end = { id: 512, content: '<end>', special: true };
    const file = { ...json, added_tokens: [...json.added_tokens, end] } as TokenizerJson;
    await createTokenizer(file).save(own);
    await writeFile(
      join(own, 'tokenizer_config.json'),
      '\uFEFF{"eos_token": "<|endoftext|>", "model_max_length": 1000000000000000019884624838656, "scale": 1.0}',
    );
    await (await loadTokenizer(own)).endingWith?.(512).save(other);
    expect(await readFile(join(other, 'tokenizer_config.json'), 'utf8')).toBe(
      '{\n  "eos_token": "<end>",\n  "model_max_length": 1000000000000000019884624838656,\n  "scale": 1.0\n}\n',
    );
  });

  it("leaves SentencePiece's file beside the same tokenizer alone", async () => {
    const directory = join(scratch, 'sentence-piece');
    const end = { id: 512, content: '<end>', special: true };
    const file = { ...json, added_tokens: [...json.added_tokens, end] } as TokenizerJson;
    const own = createTokenizer(file);
    await own.save(directory);
    const path = join(directory, 'tokenizer.model');
    const isThere = async (): Promise<boolean> => (await readdir(directory)).includes('tokenizer.model');
    for (const [saved, stays] of [
      [own, true],
      [own.endingWith!(512), false],
      [tokenizer, false],
    ] as const) {
      await own.save(directory);
      await writeFile(path, "SentencePiece's");
      await saved.save(directory);
      expect(await isThere()).toBe(stays);
    }
  });

  it('names no token that the vocabulary lacks, whatever the end-of-text token', async () => {
    const directory = join(scratch, 'other-end');
    const model = { type: 'BPE', unk_token: '<unk>', vocab: { '<unk>': 0, '</s>': 1, a: 2 }, merges: [] };
    const other = createTokenizer({ ...json, model, added_tokens: [] } as unknown as TokenizerJson, {
      eos_token: '</s>',
      model_max_length: 512,
    });
    await other.save(directory);
    expect(JSON.parse(await readFile(join(directory, 'tokenizer_config.json'), 'utf8'))).toEqual({
      eos_token: '</s>',
      model_max_length: 512,
      tokenizer_class: 'PreTrainedTokenizerFast',
      clean_up_tokenization_spaces: false,
    });
  });

  it('says where there is none, and where it is damaged', async () => {
    await expect(loadTokenizer(join(scratch, 'nowhere', 'at', 'all'))).rejects.toMatchObject({
      code: 'tokenizer-not-found',
    });
    const damaged = join(scratch, 'damaged.json');
    await writeFile(damaged, '{"model": {');
    await expect(loadTokenizer(damaged)).rejects.toThrow(/damaged.json is not JSON/);
  });

  it('says where it cannot be written', async () => {
    const occupied = join(scratch, 'occupied');
    await writeFile(occupied, '');
    await expect(tokenizer.save(occupied)).rejects.toMatchObject({ code: 'not-writable' });
  });

  it('loads from a repository of the Hub, and keeps what it brought', async () => {
    const commit = '0123456789abcdef0123456789abcdef01234567';
    const server = await HubServer.start({
      kind: 'model',
      repository: 'owner/model',
      commit,
      files: new Map([
        ['model.safetensors', new Uint8Array(9)],
        ['tokenizer.json', new Uint8Array(await readFile(join(fixtures, 'tokenizer.json')))],
      ]),
      token: 'hf_secret',
    });
    const options = { endpoint: server.endpoint, token: 'hf_secret', cacheDirectory: join(scratch, 'cache') };
    try {
      expect((await loadTokenizer('owner/model', options)).vocabularySize).toBe(512);
      expect(server.downloads()).toEqual([]);
      await expect(loadTokenizer('owner/other', options)).rejects.toMatchObject({ code: 'hub-failed' });
      const { token: _, ...without } = options;
      await expect(loadTokenizer('owner/model', without)).rejects.toThrow(/HF_TOKEN/);
    } finally {
      await server.close();
    }
    // A commit is asked for once.
    const again = await loadTokenizer('owner/model', { ...options, revision: commit });
    expect(again.vocabularySize).toBe(512);
    await expect(loadTokenizer('owner/model', options)).rejects.toMatchObject({ code: 'hub-failed' });
  });
});
