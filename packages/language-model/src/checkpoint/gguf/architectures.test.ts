import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { architectureOf as familyOf } from '../../families/registry.js';
import type { Json } from '../../files/json.js';
import { architectureOf } from './architectures.js';
import { openGguf } from './gguf-file.js';
import type { MetadataValue } from './header.js';
import { Metadata } from './metadata.js';

const FIXTURES = fileURLToPath(new URL('../../../fixtures/gguf/', import.meta.url));

/** The `config.json` of a fixture with other metadata. */
async function configurationOf(
  name: string,
  entries: Readonly<Record<string, MetadataValue>>,
): Promise<Json> {
  const file = await openGguf(`${FIXTURES}${name}.gguf`);
  await file.close();
  const scaling = /\.rope\.scal/;
  const stored = [...file.metadata].filter(([key]) => !scaling.test(key));
  const metadata = new Metadata(new Map([...stored, ...Object.entries(entries)]), file.path);
  return architectureOf(metadata).read(metadata, {
    has: (tensor) => file.entries.has(tensor),
    vocabularySize: 300,
  });
}

describe('the scaling of rotary frequencies', () => {
  const linear = { rope_type: 'linear', factor: 4 };
  it.each<[Readonly<Record<string, MetadataValue>>, Json | undefined]>([
    [{}, undefined],
    [{ 'scaling.factor': 4 }, linear],
    [{ scale_linear: 4 }, linear],
    [{ 'scaling.factor': 4, scale_linear: 2 }, linear],
    [{ 'scaling.type': 'linear', 'scaling.factor': 4 }, linear],
    [{ 'scaling.type': 'linear' }, undefined],
    [{ 'scaling.factor': 0 }, undefined],
    [{ 'scaling.factor': 1 }, undefined],
    [{ 'scaling.type': 'none', 'scaling.factor': 4 }, undefined],
    [
      { 'scaling.type': 'yarn', 'scaling.factor': 4 },
      { rope_type: 'yarn', factor: 4 },
    ],
  ])('is that of llama.cpp for %j', async (keys, expected) => {
    for (const name of ['llama', 'gptneox']) {
      const entries = Object.entries(keys).map(([key, value]) => [`${name}.rope.${key}`, value] as const);
      const json = await configurationOf(name, Object.fromEntries(entries));
      expect(json['rope_scaling'], name).toEqual(expected);
    }
  });

  it('is refused for GPT-NeoX, which has none here', async () => {
    const json = await configurationOf('gptneox', { 'gptneox.rope.scaling.factor': 2 });
    const { read } = familyOf(json['model_type'], 'a.gguf');
    expect(() => read(json, 'a.gguf')).toThrow(expect.objectContaining({ code: 'unsupported-architecture' }));
    expect(read(await configurationOf('gptneox', {}), 'a.gguf')).toMatchObject({ rotaryFraction: 0.5 });
  });
});
