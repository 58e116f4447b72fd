import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openGgufModel } from './gguf-model.js';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/gguf/', import.meta.url));

interface Golden {
  readonly texts: readonly string[];
  readonly chatTemplate: string;
  readonly models: Record<
    string,
    {
      readonly configuration: Record<string, unknown>;
      readonly tensors: Record<string, { readonly shape: number[]; readonly sha256: string }>;
      readonly ids: number[][];
    }
  >;
}

const golden: Golden = JSON.parse(await readFile(`${FIXTURES}models.json`, 'utf8'));

/** Keys whose values transformers 5 writes in other words, checked one by one below. */
const IN_OTHER_WORDS =
  /rope|rotary|sliding_window_pattern|layer_types|use_|initializer|dropout|pdrop|^_|dtype|version|summary/;

for (const [name, { configuration, tensors }] of Object.entries(golden.models)) {
  describe(`${name}, as llama.cpp converts it`, () => {
    it('has the tensors of the model, number by number', async () => {
      const { weights } = await openGgufModel(`${FIXTURES}${name}.gguf`);
      try {
        const expected = Object.entries(tensors);
        expect([...weights.entries.keys()].sort()).toEqual(expected.map(([key]) => key).sort());
        for (const [key, { shape, sha256 }] of expected) {
          expect(weights.entries.get(key)?.shape, key).toEqual(shape);
          expect(
            createHash('sha256')
              .update(await weights.read(key))
              .digest('hex'),
            key,
          ).toBe(sha256);
        }
      } finally {
        await weights.close();
      }
    });

    it('has its configuration', async () => {
      const { weights, files } = await openGgufModel(`${FIXTURES}${name}.gguf`);
      await weights.close();
      const json = read(files, 'config.json');
      for (const [key, value] of Object.entries(json)) {
        if (key in configuration && !IN_OTHER_WORDS.test(key)) expect(configuration[key], key).toEqual(value);
      }
      expect(json).toMatchObject({
        model_type: configuration['model_type'],
        bos_token_id: 0,
        eos_token_id: 1,
      });
      expect(read(files, 'generation_config.json')).toEqual({
        bos_token_id: 0,
        eos_token_id: 1,
        pad_token_id: 1,
      });
      expect(read(files, 'tokenizer_config.json')).toMatchObject({
        bos_token: '<|im_start|>',
        eos_token: '<|im_end|>',
        pad_token: '<|im_end|>',
        chat_template: golden.chatTemplate,
      });
    });
  });
}

describe('openGgufModel', () => {
  const configurationOf = async (name: string): Promise<Record<string, unknown>> => {
    const { weights, files } = await openGgufModel(`${FIXTURES}${name}.gguf`);
    await weights.close();
    return read(files, 'config.json');
  };

  it('reads rotary embeddings of every kind', async () => {
    expect(await configurationOf('llama')).toMatchObject({ rope_theta: 100_000 });
    expect(await configurationOf('llama')).not.toHaveProperty('rope_scaling');
    expect(await configurationOf('llama3')).toMatchObject({
      rope_theta: 500_000,
      rope_scaling: {
        rope_type: 'llama3',
        factor: 32,
        low_freq_factor: 1,
        high_freq_factor: 4,
        original_max_position_embeddings: 8192,
      },
    });
    expect(await configurationOf('gemma3')).toMatchObject({
      rope_theta: 1_000_000,
      rope_local_base_freq: 10_000,
      sliding_window: 32,
      sliding_window_pattern: 6,
    });
    expect(await configurationOf('gptneox')).toMatchObject({ rotary_pct: 0.5, use_parallel_residual: false });
  });
});

function read(files: ReadonlyMap<string, Uint8Array>, name: string): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(files.get(name)));
}
