import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPairwise } from '@ais/gold-eval';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { completion, type OpenAiServer, openAiServer } from '../../../gold-eval/test/openai-server.js';
import { usualJudging } from '../settings/judge-settings.js';
import { isScorerName, openScorerOfResponses } from './scorers.js';

const response = {
  id: 'a',
  sample: 0,
  prompt: [1],
  response: [2, 0],
  finished: true,
  promptText: 'What is the capital of France?',
  responseText: 'Paris.',
};

let server: OpenAiServer;
beforeAll(async () => {
  server = await openAiServer();
});
afterAll(() => server.close());
afterEach(() => vi.unstubAllEnvs());

describe('openai:MODEL', () => {
  it('rates each response, with the server and the key of the environment', async () => {
    vi.stubEnv('OPENAI_BASE_URL', server.baseUrl);
    vi.stubEnv('OPENAI_API_KEY', 'secret');
    server.script(() => completion('Good.\nScore: 9'));
    const { scorer, dispose } = await openScorerOfResponses('openai:some/model', {});
    expect(isPairwise(scorer) || (await scorer.score([response]))).toEqual([9]);
    expect(server.requests[0]?.model).toBe('some/model');
    expect(JSON.stringify(server.requests[0]?.messages)).toContain('Paris.');
    expect(server.authorizations).toEqual(['Bearer secret']);
    dispose();
  });

  it('says which variables are missing', async () => {
    vi.stubEnv('OPENAI_BASE_URL', '');
    vi.stubEnv('OPENAI_API_KEY', '');
    await expect(openScorerOfResponses('openai:some/model', {})).rejects.toThrow(
      /set OPENAI_API_KEY for OpenAI, or OPENAI_BASE_URL/,
    );
  });
});

describe('a judge at an address', () => {
  const judging = (api: object) => ({ ...usualJudging, api: { ...usualJudging.api, ...api } });

  it.each([300, 301])('is asked with the patience of the settings, of %i seconds', async (timeout) => {
    const asked = vi.spyOn(globalThis, 'fetch');
    const judge = createServer((_, answer) => answer.end('{"rewards": [3]}')).listen(0, '127.0.0.1');
    await once(judge, 'listening');
    const name = `http://127.0.0.1:${(judge.address() as AddressInfo).port}/`;
    const { scorer } = await openScorerOfResponses(name, { judging: judging({ timeout }) });
    expect(isPairwise(scorer) || (await scorer.score([response]))).toEqual([3]);
    // Node's own gives up after five minutes.
    expect(asked).toHaveBeenCalledTimes(timeout === 300 ? 1 : 0);
    judge.closeAllConnections();
    judge.close();
    asked.mockRestore();
  });

  it('is asked again as often as the settings say', async () => {
    let requests = 0;
    const judge = createServer((_, answer) => {
      requests++;
      answer.writeHead(503).end();
    }).listen(0, '127.0.0.1');
    await once(judge, 'listening');
    const name = `http://127.0.0.1:${(judge.address() as AddressInfo).port}/`;
    const { scorer } = await openScorerOfResponses(name, { judging: judging({ retries: 0 }) });
    if (isPairwise(scorer)) throw new Error('expected scores');
    await expect(scorer.score([response])).rejects.toMatchObject({ code: 'scorer-failed' });
    expect(requests).toBe(1);
    judge.closeAllConnections();
    judge.close();
  });
});

it('judges what a response says of the facts of its prompt', async () => {
  const { scorer } = await openScorerOfResponses('facts', {});
  if (isPairwise(scorer)) throw new Error('expected scores');
  const of = (responseText: string) => ({
    ...response,
    promptText: 'Name: The Red Barn\nKind: pub',
    responseText,
  });
  expect(await scorer.score([of('The Red Barn is a pub.'), of('')])).toEqual([10, 0]);
  await expect(async () => scorer.score([response])).rejects.toThrow(/not one of the source "facts"/);
});

describe('a module', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ais-scorer-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const open = (code: string) => {
    const path = join(folder, `${Math.random()}.mjs`);
    writeFileSync(path, code);
    return openScorerOfResponses(path, {});
  };
  const version = "specificationVersion: 'v1'";

  it('opens as a judge that has a name', async () => {
    const { scorer } = await open(`export default { ${version}, name: 'mine', score: async () => [1] };`);
    expect(scorer.name).toBe('mine');
    const pairwise = await open(`export default { ${version}, name: 'pairs', compare: async () => [] };`);
    expect(isPairwise(pairwise.scorer)).toBe(true);
  });

  it.each([
    [`{ ${version}, score: async () => [1] }`, /its name is missing, and reports name their judge/],
    [`{ ${version}, name: ' ', score: async () => [1] }`, /its name is " ".*Give it a name/],
    [`{ ${version}, name: 3, compare: async () => [] }`, /its name is 3/],
    ['({ response }) => response.length', /It is a function: make a scorer of it with functionScorer/],
    ['null', /its export is neither a scorer .* nor a judge of pairs \(compare\)\.$/],
  ])('is refused with the reason: %s', async (code, message) => {
    await expect(open(`export default ${code};`)).rejects.toMatchObject({
      code: 'invalid-plugin',
      key: 'scorer',
      message: expect.stringMatching(message),
    });
  });
});

describe('a name that no module has', () => {
  const RAN = 'ais-scorer-ran';
  const code = `data:text/javascript,globalThis['${RAN}']=1;export default 1//`;

  it.each([code, `${code}#`, `${code}#x`, `${code}#a-b`, `${code}#b#c`, `${code} ;#x`, './registries#x'])(
    'runs nothing: %s',
    async (name) => {
      await expect(openScorerOfResponses(name, {})).rejects.toThrow(/does not exist|no folder/);
      expect(Reflect.has(globalThis, RAN)).toBe(false);
    },
  );
});

describe('isScorerName', () => {
  it.each(['http://127.0.0.1:1', 'openai:small', './judge.js', 'judges#strict', 'facts'])(
    'takes %s for a judge',
    (name) => {
      expect(isScorerName(name)).toBe(true);
    },
  );
  it.each(['oracle', 'human', 'data.jsonl', 'data#1.jsonl', 'owner/name'])(
    'takes %s for something else',
    (name) => {
      expect(isScorerName(name)).toBe(false);
    },
  );
});
