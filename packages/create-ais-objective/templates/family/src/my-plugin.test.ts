import { testArchitecture } from '@ais/language-model/testing';
import { test } from 'vitest';
import { myPlugin } from './my-plugin.js';

const small = { vocabularySize: 40, hiddenSize: 16, layerCount: 1, headCount: 4, maxPositions: 48 };

// Add a folder that transformers wrote, with its logits, as `golden`: only that tells whether the family is the right one.
test('my-plugin conforms', () =>
  testArchitecture(myPlugin, { configurations: [{ ...small, keyValueHeadCount: 2 }] }));
