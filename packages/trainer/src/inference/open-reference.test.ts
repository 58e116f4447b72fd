import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { type Examples, mapExamples, type TokenizedPair } from '@ais/data';
import { dpo } from '@ais/objectives';
import { describe, expect, it } from 'vitest';
import { runFolder, untimedMetrics } from '../../test/run-folder.js';
import { tinyModels, tinyPairs, weightsOf } from '../../test/tiny-model.js';
import { fingerprintExamples } from '../run/fingerprint.js';
import { trainPreference } from '../stages/preference.js';
import { computeReferenceLogProbs, openReferenceLogProbs } from './reference-log-probs.js';

const folder = runFolder();
const { newModel } = tinyModels();
/** Pairs that are no array, as those that are left in a file. */
const stored = (pairs: readonly TokenizedPair[]): Examples<TokenizedPair> =>
  mapExamples(pairs, (pair) => pair);

describe('openReferenceLogProbs', () => {
  it.each([false, true])(
    'computes what a step needs, with the digits of all at once, tokens: %s',
    async (tokens) => {
      const pairs = tinyPairs(13);
      const model = newModel();
      const settings = { microBatchSize: 4, tokens };
      const whole = await computeReferenceLogProbs(model, pairs, {
        ...settings,
        path: folder(`whole-${tokens}`),
      });
      const path = folder(`opened-${tokens}`);
      const opened = await openReferenceLogProbs(model, stored(pairs), { ...settings, path });
      expect(opened.fingerprint).toEqual(whole.fingerprint);
      expect(opened.chosen.every(Number.isNaN)).toBe(true);
      await opened.ensure?.([3]);
      expect(opened.chosen[3]).toBe(whole.chosen[3]);
      expect([...opened.chosen].filter(Number.isFinite)).toHaveLength(4);
      await opened.close();
      expect(existsSync(path)).toBe(false);

      // Another process continues where this one stopped, and writes the file once all are there.
      const computed: number[] = [];
      const counting = {
        parameters: model.parameters,
        responseLogProbs: ((batch, options) => {
          computed.push(batch.length);
          return model.responseLogProbs(batch, options as never);
        }) as typeof model.responseLogProbs,
      };
      const again = await openReferenceLogProbs(counting, stored(pairs), { ...settings, path });
      expect([...again.chosen].filter(Number.isFinite)).toHaveLength(4);
      await again.ensure?.(pairs.map((_, index) => index));
      expect(computed.reduce((sum, count) => sum + count)).toBe(9);
      expect({ ...again.tokens, chosen: again.chosen }).toEqual({ ...whole.tokens, chosen: whole.chosen });
      expect(await readFile(path, 'utf8')).toBe(await readFile(folder(`whole-${tokens}`), 'utf8'));
      expect(existsSync(`${path}.partial`)).toBe(false);
      // A process that is killed when the file is written leaves the parts.
      await writeFile(`${path}.partial`, '{}\n');
      const read = await openReferenceLogProbs(counting, stored(pairs), { ...settings, path });
      expect([read.ensure, read.rejected]).toEqual([undefined, whole.rejected]);
      expect(existsSync(`${path}.partial`)).toBe(false);
    },
  );

  it('trains to the same weights and metrics, and computes no more than a short run needs', async () => {
    const pairs = tinyPairs(40);
    const train = async (name: string, opens: boolean) => {
      const model = newModel();
      const path = folder(`${name}.json`);
      const given = opens ? stored(pairs) : pairs;
      const settings = { microBatchSize: 2, path };
      const reference = opens
        ? await openReferenceLogProbs(newModel(), given, settings)
        : await computeReferenceLogProbs(newModel(), given, settings);
      await trainPreference(model, reference, given, dpo({ beta: 0.1 }), {
        directory: folder(name),
        seed: 1,
        steps: 3,
        batchSize: 4,
        microBatchSize: 2,
        learningRate: 1e-2,
      });
      return { weights: weightsOf(model), metrics: await untimedMetrics(folder(name)), reference };
    };
    const before = await train('before', false);
    const { reference, ...opened } = await train('opened', true);
    expect(opened).toEqual({ weights: before.weights, metrics: before.metrics });
    const known = [...reference.chosen].filter(Number.isFinite).length;
    expect(known).toBeGreaterThanOrEqual(12);
    expect(known).toBeLessThanOrEqual(24);
  });
});

it('fingerprintExamples says the same of an array and of pairs in a file', () => {
  const pairs = tinyPairs(2000);
  expect(fingerprintExamples(stored(pairs))).toBe(fingerprintExamples(pairs));
});
