import { expect, test } from 'vitest';
import { type ApiSettings, apiFields, usualJudging, withoutPractice } from './judge-settings.js';

test('what decides no answer is every setting of the endpoint but its parameters', () => {
  const api: ApiSettings = { ...usualJudging.api, parameters: { top_k: 1 }, calls: 5, tokens: undefined };
  const { decisive, practice } = withoutPractice({ scorer: 'openai:small', api });
  expect(decisive).toEqual({ scorer: 'openai:small', api: { parameters: { top_k: 1 } } });
  const others = Object.keys(apiFields).filter((key) => key !== 'parameters' && key !== 'tokens');
  expect(Object.keys(practice.api ?? {}).sort()).toEqual(others.sort());
});

test('settings of a version that has more of them keep these', () => {
  const api = { ...usualJudging.api, patience: 3 };
  expect(withoutPractice({ api })).toEqual({ decisive: {}, practice: { api } });
});
