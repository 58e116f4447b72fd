import { GoldEvalError } from '../errors.js';

/** Where an OpenAI-compatible server is, and how to be let in. */
export interface OpenAiEndpoint {
  /** Up to and including the version: `http://localhost:8000/v1`. */
  readonly baseUrl: string;
  /** Servers on your own machine often need none. */
  readonly apiKey?: string | undefined;
}

export const OPENAI_BASE_URL = 'https://api.openai.com/v1';

/**
 * The endpoint that the environment names, as OpenAI's own clients read it.
 *
 * @param environment `process.env` in Node: `OPENAI_BASE_URL`, OpenAI's own by default, and `OPENAI_API_KEY`
 * @throws {GoldEvalError} `invalid-option` if neither is set
 * @example
 * console.log(openAiEndpoint({ OPENAI_BASE_URL: 'http://localhost:8000/v1' }).baseUrl); // http://localhost:8000/v1
 */
export function openAiEndpoint(environment: Readonly<Record<string, string | undefined>>): OpenAiEndpoint {
  const baseUrl = environment['OPENAI_BASE_URL']?.trim();
  const apiKey = environment['OPENAI_API_KEY']?.trim();
  if (!baseUrl && !apiKey) {
    throw new GoldEvalError(
      'invalid-option',
      'set OPENAI_API_KEY for OpenAI, or OPENAI_BASE_URL for another server (http://localhost:8000/v1).',
    );
  }
  return { baseUrl: baseUrl || OPENAI_BASE_URL, ...(apiKey && { apiKey }) };
}
