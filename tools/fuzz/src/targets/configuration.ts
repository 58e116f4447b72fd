import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadPretrained } from '@ais/language-model';
import { filesTarget } from '../files-target.js';
import { fixturesOf } from '../fixtures.js';
import type { FuzzTarget } from '../target.js';

const FAMILIES = ['gemma3', 'gpt-neox', 'gpt2', 'llama', 'llama-biased', 'mistral', 'qwen2', 'qwen3'];

/** Configurations of every family, beside weights that are whole. */
export const configuration: FuzzTarget = filesTarget({
  name: 'configuration',
  share: 3,
  backend: 'wasm',
  only: /^config\.json$/,
  structured: 0.85,
  strange: [
    ...[
      'gpt_neox',
      'gpt2',
      'llama',
      'mistral',
      'qwen2',
      'qwen3',
      'gemma3_text',
      'LlamaForCausalLM',
      'gelu_new',
    ],
    ...['yarn', 'linear', 'dynamic', 'llama3', 'silu', 'relu', ['sliding_attention', 'full_attention']],
    ...[{ rope_type: 'linear', factor: 0 }, { type: 'llama3', factor: 8 }, 8, 16, 64, 1e-5, 4096, 1e6],
  ],
  seeds: () =>
    Promise.all(
      FAMILIES.map(async (family) => {
        const folder = join(fixturesOf('@ais/language-model'), 'families', family);
        const names = ['config.json', 'model.safetensors'];
        return new Map(
          await Promise.all(
            names.map(async (name) => [name, new Uint8Array(await readFile(join(folder, name)))] as const),
          ),
        );
      }),
    ),
  async read(directory) {
    (await loadPretrained(directory, { onWarning: () => {} })).dispose();
  },
});
