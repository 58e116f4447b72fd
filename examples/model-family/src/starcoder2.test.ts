import { fileURLToPath } from 'node:url';
import { testArchitecture } from '@ais/language-model/testing';
import { test } from 'vitest';
import { starcoder2 } from './starcoder2.js';

const small = { vocabularySize: 40, hiddenSize: 16, layerCount: 2, headCount: 4, maxPositions: 48 };

test('StarCoder2 conforms', () =>
  testArchitecture(starcoder2, {
    configurations: [
      { ...small, keyValueHeadCount: 2, slidingWindow: 4 },
      { ...small, useBias: false, tieWordEmbeddings: false, rotaryScaling: { type: 'linear', factor: 2 } },
    ],
    golden: [fileURLToPath(new URL('../fixtures/starcoder2', import.meta.url))],
  }));
