import { execFileSync } from 'node:child_process';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { describe, expect, it } from 'vitest';
import { gpt2, JAVASCRIPT_KINDS, RUST_KINDS } from '../../test/tokenizer-kinds.js';
import { tokenizerTexts } from '../../test/tokenizer-texts.js';
import { createTokenizer } from './tokenizer.js';
import type { TokenizerJson } from './tokenizer-json.js';

/** Runs as in a browser, where nothing of Node's is there. */
function inBrowser<T>(run: () => T): T {
  const node = process as { getBuiltinModule?: typeof process.getBuiltinModule };
  const { getBuiltinModule } = process;
  delete node.getBuiltinModule;
  try {
    return run();
  } finally {
    node.getBuiltinModule = getBuiltinModule;
  }
}

describe.each(RUST_KINDS)('a tokenizer with $name', ({ json, endOfText, feature }) => {
  it('gives the ids and the texts of the Rust library, by that library', async () => {
    const rust = RustTokenizer.fromString(JSON.stringify(json));
    const tokenizer = createTokenizer(json, { eos_token: endOfText });
    expect(tokenizer.engine).toBe('rust');
    for (const text of tokenizerTexts(23)) {
      const ids = (await rust.encode(text, null, { addSpecialTokens: false })).getIds();
      expect(tokenizer.encode(text)).toEqual(ids);
      expect(tokenizer.decode(ids)).toBe(await rust.decode(ids, true));
    }
    expect(tokenizer.encode('')).toEqual([]);
  });

  it('is refused by its feature without that library', () => {
    expect(() => inBrowser(() => createTokenizer(json, { eos_token: endOfText }, 'odd.json'))).toThrow(
      expect.objectContaining({
        code: 'unsupported-tokenizer',
        message: `@ais/data: odd.json has ${feature}. Only Hugging Face's Rust library gives its ids, in Node. Run: npm install tokenizers`,
        place: { file: 'odd.json' },
      }),
    );
  });
});

it('needs no library for the others', () => {
  for (const { json, endOfText } of JAVASCRIPT_KINDS) {
    const tokenizer = inBrowser(() => createTokenizer(json, { eos_token: endOfText }));
    expect(tokenizer.engine).toBe('javascript');
  }
});

it('ignores truncation and padding, which are not for training', () => {
  const change = {
    normalizer: { type: 'Lowercase' },
    truncation: { direction: 'Right', max_length: 3, strategy: 'LongestFirst', stride: 0 },
  };
  const tokenizer = createTokenizer({ ...gpt2, ...change });
  expect(tokenizer.encode('The Lake, The Lake')).toEqual(createTokenizer(gpt2).encode('the lake, the lake'));
});

it('says what the library says of a file that it does not take', () => {
  const broken = { ...gpt2, pre_tokenizer: { type: 'Oracle' } } as TokenizerJson;
  expect(() => createTokenizer(broken, {}, 'broken.json')).toThrow(
    expect.objectContaining({ code: 'invalid-tokenizer', place: { file: 'broken.json' } }),
  );
  expect(() => createTokenizer(broken, {}, 'broken.json')).toThrow(
    /broken\.json: Hugging Face's tokenizers cannot read it: /,
  );
});

it('says what the library cannot encode', () => {
  const { json } = RUST_KINDS.find(({ name }) => name === 'WordLevel') ?? expect.fail('is gone');
  const model = { ...json.model, unk_token: 'absent' };
  const { encode } = createTokenizer({ ...json, model }, { eos_token: '[SEP]' }, 'words.json');
  expect(() => encode('unheard-of')).toThrow(/words\.json: .* cannot encode "unheard-of": /);
});

it('refuses dropout, which makes ids random', () => {
  const model = { ...gpt2.model, dropout: 0.1 };
  expect(() => createTokenizer({ ...gpt2, model }, {}, 'random.json')).toThrow(
    expect.objectContaining({
      code: 'unsupported-tokenizer',
      message: '@ais/data: random.json has dropout in its model, which makes ids random. Set it to null.',
    }),
  );
});

// The library ends its process where a pattern takes too many steps, and cannot be ended where one takes too long.
it('outlives a pattern that takes for ever, and says which', () => {
  const endless = (pattern: string): TokenizerJson => ({
    ...gpt2,
    pre_tokenizer: { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
  });
  const anchored = createTokenizer(endless('(a+)+$'), {}, 'anchored.json');
  expect(anchored.engine).toBe('rust');
  expect(() => anchored.encode(`${'a'.repeat(60)}!`)).toThrow(
    /anchored\.json: Hugging Face's tokenizers cannot encode "aaa.*": it(s process ended| takes longer)/,
  );
  expect(anchored.encode('soup')).toEqual(anchored.encode('soup'));

  const plain = createTokenizer(endless('(a+)+b'), {}, 'plain.json');
  expect(plain.engine).toBe('javascript');
  expect(() => plain.encode('a'.repeat(60))).toThrow(
    expect.objectContaining({
      code: 'unsupported-tokenizer',
      message: expect.stringMatching(/plain\.json has the regular expression .* takes too long on "aaa/),
    }),
  );
  expect(plain.encode('aab').length).toBeGreaterThan(0);
});

it('outlives steps that double a text again and again, in both engines', () => {
  const longer = { type: 'Replace', pattern: { String: 'e' }, content: 'ee' };
  const doubling = Array.from({ length: 60 }, () => longer);
  const plain = createTokenizer(
    { ...gpt2, normalizer: { type: 'Sequence', normalizers: doubling } },
    {},
    'a.json',
  );
  expect(plain.engine).toBe('javascript');
  expect(() => plain.encode('leek')).toThrow(
    expect.objectContaining({
      code: 'unsupported-tokenizer',
      message:
        '@ais/data: a.json has steps that make more than 65664 characters of a text. Use another tokenizer, or leave the replacements out that make texts longer.',
    }),
  );
  const normalizers = [{ type: 'Lowercase' }, ...doubling];
  const lower = createTokenizer({ ...gpt2, normalizer: { type: 'Sequence', normalizers } }, {}, 'b.json');
  expect(lower.engine).toBe('rust');
  expect(() => lower.encode('leek')).toThrow(
    /b\.json: Hugging Face's tokenizers cannot encode "leek": it(s process ended| takes more than 1024 MB| takes longer)/,
  );
  expect(lower.encode('SOUP')).toEqual(plain.encode('soup'));
});

it('outlives the signals that a terminal sends to all processes', () => {
  const lower = createTokenizer({ ...gpt2, normalizer: { type: 'Lowercase' } });
  const ids = lower.encode('SOUP');
  const found = execFileSync('pgrep', ['-P', `${process.pid}`, '-f', 'rust-process'], { encoding: 'utf8' });
  const [child = 0] = found.trim().split('\n').map(Number);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.kill(child, signal);
  expect(lower.encode('SOUP')).toEqual(ids);
  expect(lower.encode('SOUP')).toEqual(ids);
  expect(execFileSync('pgrep', ['-P', `${process.pid}`, '-f', 'rust-process'], { encoding: 'utf8' })).toBe(
    found,
  );
});

it.each([
  ['behavior', { type: 'Split', pattern: { String: 'a' }, behavior: { toString: 1 } }],
  ['scheme', { type: 'Metaspace', replacement: '▁', prepend_scheme: { toString: 1 } }],
])('refuses an object for a %s as the library does', (_, part) => {
  expect(() => createTokenizer({ ...gpt2, pre_tokenizer: part })).toThrow(
    expect.objectContaining({ code: 'invalid-tokenizer' }),
  );
});
