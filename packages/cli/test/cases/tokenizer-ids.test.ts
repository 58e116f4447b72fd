import { openPreparedDataset } from '@ais/data/prepared';
import { Tokenizer as RustTokenizer } from 'tokenizers';
import { describe, expect, test } from 'vitest';
import { JAVASCRIPT_KINDS, RUST_KINDS } from '../../../data/test/tokenizer-kinds.js';
import { tokenizerTexts } from '../../../data/test/tokenizer-texts.js';
import { caseFolder } from './case-folder.js';
import { tokenizerOf } from './small-model.js';

const { at, write, answer } = caseFolder();
const names = [
  ...['GPT-2', 'GPT-NeoX', 'Llama 3', 'Qwen', 'DeepSeek', 'single digits', 'Llama 2', 'Gemma', 'Mistral'],
  ...['Unigram', 'Unigram with bytes', 'BERT', 'WordLevel', 'quick tour', 'Lowercase', 'whole words'],
];
const kinds = [...JAVASCRIPT_KINDS, ...RUST_KINDS].filter(({ name }) => names.includes(name));

/** Texts as a source may have them: whole characters, and something to read. */
const texts = tokenizerTexts(41).filter((text) => text.trim() !== '' && !/\p{Surrogate}/u.test(text));

describe.each(kinds)('ais data build with the tokenizer of $name', ({ name, json, endOfText }) => {
  test('writes the ids of the Rust library', async () => {
    const tokenizer = tokenizerOf(json, endOfText);
    await tokenizer.save(at('tokenizer'));
    const rows = texts.map((text, index) => ({
      id: `${index}`,
      prompt: `the lake ${index}`,
      completion: text,
    }));
    const out = at(`set-${name.replaceAll(/\W/g, '-')}`);
    await answer(
      ...[
        'data',
        'build',
        '--source',
        write('rows.jsonl', rows),
        '--tokenizer',
        at('tokenizer'),
        '--out',
        out,
      ],
      ...['--threads', '1', '--splits', 'train=1', '--keep-duplicates', '--template', 'prompt-completion'],
    );
    const rust = RustTokenizer.fromString(JSON.stringify({ ...json, truncation: null, padding: null }));
    const idsOf = async (text: string): Promise<number[]> =>
      (await rust.encode(text, null, { addSpecialTokens: false })).getIds();
    const { split } = await openPreparedDataset(out, { kind: 'text' });
    let count = 0;
    for await (const { record, example } of split('train').rows()) {
      count += 1;
      // A response that ends in the end of text gets one, not two.
      let { response } = record;
      for (
        let text = response.trimEnd();
        text.endsWith(endOfText) || text.endsWith('<|endoftext|>');
        text = response.trimEnd()
      ) {
        response = text.slice(0, text.endsWith(endOfText) ? -endOfText.length : -'<|endoftext|>'.length);
      }
      expect(example.prompt).toEqual(await idsOf(record.prompt));
      // Where the tokenizer puts a space before a text, a response has the tokens of its place, if those are the prompt's and others.
      const [own, whole] = [await idsOf(record.prompt), await idsOf(record.prompt + response)];
      const isInPlace =
        tokenizer.prepends !== undefined &&
        own.every((id, index) => id === whole[index]) &&
        (response === '' || whole.length > own.length);
      const expected = isInPlace ? whole.slice(own.length) : await idsOf(response);
      expect(example.response).toEqual([...expected, tokenizer.endOfTextToken]);
    }
    expect(count).toBe(rows.length);
  });
});
