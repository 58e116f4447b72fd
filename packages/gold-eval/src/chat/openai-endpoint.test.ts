import { describe, expect, test } from 'vitest';
import { OPENAI_BASE_URL, openAiEndpoint } from './openai-endpoint.js';

describe('openAiEndpoint', () => {
  test.each([
    [{ OPENAI_API_KEY: 'sk-1' }, { baseUrl: OPENAI_BASE_URL, apiKey: 'sk-1' }],
    [{ OPENAI_BASE_URL: 'http://localhost:8000/v1' }, { baseUrl: 'http://localhost:8000/v1' }],
    [
      { OPENAI_BASE_URL: ' http://localhost:8000/v1 ', OPENAI_API_KEY: ' k\n' },
      { baseUrl: 'http://localhost:8000/v1', apiKey: 'k' },
    ],
  ])('%o', (environment, endpoint) => {
    expect(openAiEndpoint(environment)).toEqual(endpoint);
  });

  test.each([[{}], [{ OPENAI_API_KEY: '', OPENAI_BASE_URL: ' ' }]])('%o names neither', (environment) => {
    expect(() => openAiEndpoint(environment)).toThrow(/set OPENAI_API_KEY for OpenAI, or OPENAI_BASE_URL/);
  });
});
