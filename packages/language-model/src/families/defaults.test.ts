import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CheckpointError } from '../errors.js';
import type { Json } from '../files/json.js';
import type { Architecture } from './architecture.js';
import { architectures } from './registry.js';

interface Family {
  /** Small sizes, what is read from them, and cases by their differences from both. */
  readonly config: Json;
  readonly read: Json;
  readonly cases: readonly {
    readonly config: Json;
    readonly missing?: readonly string[];
    /** null where transformers refuses. */
    readonly read: Json | null;
  }[];
}

// Not imported: the compiler would work out the type of each of its thousand cases.
const fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/family-configurations.json', import.meta.url), 'utf8'),
) as { readonly families: Readonly<Record<string, Family>> };

/** What is read from a `config.json`, in its own words, and how many tokens each of the first layers sees. */
function readBack(family: Architecture, config: Json): Json {
  const configuration = family.read(config, 'config.json');
  const windows = [0, 1, 2]
    .filter((index) => index < configuration.layerCount)
    .map((index) => family.block(configuration, index).attention.window ?? null);
  return { windows, ...family.write(configuration) };
}

it.each(Object.entries(fixture.families))(
  '%s: config.json is read as transformers reads it',
  (modelType, { config: small, read, cases }) => {
    const family = architectures.get(modelType) as Architecture;
    expect(cases.length).toBeGreaterThan(150);
    for (const { config: changes, missing = [], read: changed } of cases) {
      const kept = Object.entries(small).filter(([key]) => !missing.includes(key));
      const config = { ...Object.fromEntries(kept), ...changes };
      const ours = (): Json => readBack(family, config);
      if (changed === null) expect(ours, JSON.stringify(config)).toThrow(CheckpointError);
      else expect(ours(), JSON.stringify(config)).toMatchObject({ ...read, ...changed });
    }
  },
);
