import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configurationJson } from '../../checkpoint/write-checkpoint.js';
import { CheckpointError } from '../../errors.js';
import type { Json } from '../../files/json.js';
import type { Architecture } from '../architecture.js';
import {
  type GptNeoxConfiguration,
  gptNeoxConfiguration,
  rotaryDimensions,
  rotaryFractionOf,
} from './configuration.js';
import { gptNeox } from './gpt-neox.js';

const { read: fromHuggingFace } = gptNeox;
const toHuggingFace = (configuration: GptNeoxConfiguration): Json =>
  configurationJson(gptNeox as unknown as Architecture, configuration, 'GPTNeoXForCausalLM', 'float32');

const small = { vocabularySize: 64, hiddenSize: 32, layerCount: 2, headCount: 4 };

describe('gptNeoxConfiguration', () => {
  it('has GPT-NeoX’s defaults', () => {
    expect(gptNeoxConfiguration(small)).toMatchObject({
      intermediateSize: 128,
      rotaryFraction: 0.25,
      rotaryBase: 10_000,
      layerNormEpsilon: 1e-5,
      useParallelResidual: true,
      tieWordEmbeddings: false,
      endOfTextTokens: [0],
    });
  });

  it.each([
    ['vocabularySize', 0],
    ['layerCount', 1.5],
    ['headCount', 5],
    ['rotaryFraction', 1.5],
    ['rotaryFraction', 0.375],
    ['layerNormEpsilon', 0],
    ['endOfTextTokens', [0, 64]],
    ['endOfTextTokens', 0],
    ['startOfTextToken', -1],
    ['endOfTextToken', 0],
    ['useParallelResidual', 'yes'],
  ])('refuses %s = %s', (field, value) => {
    expect(() => gptNeoxConfiguration({ ...small, [field]: value })).toThrow(
      expect.objectContaining({
        name: 'LanguageModelError',
        code: 'invalid-configuration',
        message: expect.stringContaining(field),
      }),
    );
  });
});

describe('rotaryDimensions', () => {
  it('are int(head_size * fraction), as transformers computes them', () => {
    // (0.7 * 180) / 3 is 41.99….
    const sizes = { hiddenSize: 180, headCount: 3 };
    expect(rotaryDimensions({ ...sizes, rotaryFraction: 0.7 })).toBe(42);
    expect(() => gptNeoxConfiguration({ ...small, ...sizes, rotaryFraction: 0.7 })).not.toThrow();
  });

  it('come back from their share of a head', () => {
    for (let hiddenSize = 2; hiddenSize <= 128; hiddenSize++) {
      for (let dimensions = 0; dimensions <= hiddenSize; dimensions++) {
        const sizes = { hiddenSize, headCount: 1 };
        const found = rotaryDimensions({ ...sizes, rotaryFraction: rotaryFractionOf(dimensions, sizes) });
        if (found !== dimensions) expect({ hiddenSize, found }).toEqual({ hiddenSize, found: dimensions });
      }
    }
  });
});

describe('config.json', () => {
  const configuration = gptNeoxConfiguration({
    ...small,
    rotaryFraction: 0.5,
    rotaryBase: 500,
    useParallelResidual: false,
    otherKeys: { classifier_dropout: 0.1, transformers_version: '5.0.0' },
  });
  const json = toHuggingFace(configuration);

  it('comes back as it was, unknown keys included', () => {
    expect(fromHuggingFace(json, 'config.json')).toEqual(configuration);
  });

  it.each([
    ['old', ['rope_parameters', 'dtype']],
    ['new', ['rotary_pct', 'rotary_emb_base', 'torch_dtype']],
  ])('is read in its %s spelling', (_, absent) => {
    const rest = Object.fromEntries(Object.entries(json).filter(([key]) => !absent.includes(key)));
    expect(fromHuggingFace(rest, 'config.json')).toEqual(configuration);
  });

  it.each<[unknown, number[], unknown?]>([
    [5, [5]],
    [
      [5, 6],
      [5, 6],
    ],
    [[5], [5], 5],
    [null, []],
    [[], [], null],
  ])('reads eos_token_id %j', (written, tokens, again = written) => {
    const read = fromHuggingFace({ ...json, eos_token_id: written }, 'config.json');
    expect(read.endOfTextTokens).toEqual(tokens);
    expect(toHuggingFace(read)['eos_token_id']).toEqual(again);
  });

  it('keeps a bos_token_id of null', () => {
    const read = fromHuggingFace({ ...json, bos_token_id: null }, 'config.json');
    expect(toHuggingFace(read)['bos_token_id']).toBe(null);
  });

  it.each([
    [{ hidden_act: 'relu' }, 'unsupported-architecture'],
    [{ rope_parameters: { rope_type: 'yarn', rope_theta: 1e4 } }, 'unsupported-architecture'],
    [{ rope_scaling: { type: 'linear', factor: 2 }, rope_parameters: null }, 'unsupported-architecture'],
    [{ rope_parameters: { full_attention: { rope_theta: 1e4 } } }, 'unsupported-architecture'],
    [{ rope_parameters: 'default' }, 'unsupported-architecture'],
    [{ head_dim: 16 }, 'unsupported-architecture'],
    [{ hidden_size: 'large' }, 'checkpoint-corrupt'],
    [{ num_attention_heads: 7 }, 'checkpoint-corrupt'],
    [{ eos_token_id: '5' }, 'checkpoint-corrupt'],
    [{ eos_token_id: [5, [6]] }, 'checkpoint-corrupt'],
    [{ eos_token_id: 'end' }, 'checkpoint-corrupt'],
  ])('is refused with %j', (changes, code) => {
    expect(() => fromHuggingFace({ ...json, ...changes }, 'config.json')).toThrow(
      expect.objectContaining({ name: 'CheckpointError', code, file: 'config.json' }),
    );
  });

  it('is read as transformers reads it', () => {
    // Not imported: the compiler would work out the type of each case.
    const fixture = JSON.parse(
      readFileSync(new URL('../../../fixtures/configurations.json', import.meta.url), 'utf8'),
    ) as {
      config: object;
      read: object;
      cases: { config: object; missing?: string[]; read: Record<string, unknown> | null }[];
    };
    const { cases } = fixture;
    expect(cases.length).toBeGreaterThan(1000);
    for (const { config: changes, missing = [], read } of cases) {
      const sizes = Object.entries(fixture.config).filter(([key]) => !missing.includes(key));
      const config = { model_type: 'gpt_neox', ...Object.fromEntries(sizes), ...changes };
      const ours = (): Record<string, unknown> => {
        const { rope_parameters: rope, ...rest } = toHuggingFace(fromHuggingFace(config, 'config.json'));
        return { ...rest, ...(rope as object) };
      };
      if (read === null) expect(ours, JSON.stringify(config)).toThrow(CheckpointError);
      else expect(ours(), JSON.stringify(config)).toMatchObject({ ...fixture.read, ...read });
    }
  });
});
