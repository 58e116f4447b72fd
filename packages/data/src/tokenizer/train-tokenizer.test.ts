import { readFile } from 'node:fs/promises';
import { interruptible } from '@ais/runtime/process';
import { describe, expect, it } from 'vitest';
import json from '../../fixtures/tokenizer.json' with { type: 'json' };
import { createTokenizer } from './tokenizer.js';
import type { TokenizerJson } from './tokenizer-json.js';
import { trainTokenizer } from './train-tokenizer.js';

const lines = async (): Promise<string[]> =>
  (await readFile(new URL('../../fixtures/training.txt', import.meta.url), 'utf8')).trimEnd().split('\n');

describe('trainTokenizer', () => {
  it.each([513, 400])(
    'learns what Python learns, beside a padding token, at %i tokens',
    async (vocabularySize) => {
      const trained = await trainTokenizer(await lines(), { vocabularySize });
      const reference = createTokenizer(json as TokenizerJson);
      expect(trained.vocabularySize).toBe(vocabularySize);
      expect(trained.endOfTextToken).toBe(0);
      expect(trained.paddingToken).toBe(1);
      for (const text of await lines()) {
        const tokens = trained.encode(text);
        // Python's has no padding token: its ids are one less.
        if (vocabularySize === 513) expect(tokens).toEqual(reference.encode(text).map((token) => token + 1));
        expect(Math.max(...tokens)).toBeLessThan(vocabularySize);
        expect(trained.decode(tokens)).toBe(text);
      }
    },
  );

  it('encodes every byte, whatever it was trained on', async () => {
    const trained = await trainTokenizer(['a'], { vocabularySize: 300 });
    const text = '\u0000\u007fé\u3000🙂\ufffd';
    expect(trained.vocabularySize).toBe(258);
    expect(trained.decode(trained.encode(text))).toBe(text);
  });

  it.each([257, 30_001, 300.5, Number.NaN])('refuses a vocabulary of %s', async (vocabularySize) => {
    await expect(trainTokenizer([], { vocabularySize })).rejects.toMatchObject({ code: 'invalid-option' });
  });

  it('hands on what the texts throw', async () => {
    function* broken(): Generator<string> {
      yield 'a';
      throw new RangeError('no more');
    }
    await expect(trainTokenizer(broken(), { vocabularySize: 300 })).rejects.toThrow('no more');
  });

  // The trainer's time grows with the square of a word's length: whole, these would take it minutes.
  it('learns from runs without end in no time', async () => {
    const trained = await trainTokenizer(['a'.repeat(300_000), ' '.repeat(300_000), 'b c'.repeat(300)], {
      vocabularySize: 300,
    });
    expect(trained.encode('a'.repeat(64)).length).toBeLessThan(8);
  });

  it('ends at once with the signal around it, while it learns', async () => {
    const controller = new AbortController();
    async function* texts(): AsyncGenerator<string> {
      yield 'a b c';
      controller.abort(new Error('enough'));
    }
    const training = interruptible(controller.signal, () => trainTokenizer(texts(), { vocabularySize: 300 }));
    await expect(training).rejects.toThrow('enough');
  });

  it('ends at once with the signal around it, while it reads', async () => {
    const controller = new AbortController();
    async function* endless(): AsyncGenerator<string> {
      for (let text = 0; ; text++) {
        if (text === 3) controller.abort(new Error('enough'));
        yield 'a b c';
      }
    }
    const training = interruptible(controller.signal, () =>
      trainTokenizer(endless(), { vocabularySize: 300 }),
    );
    await expect(training).rejects.toThrow('enough');
  });
});
