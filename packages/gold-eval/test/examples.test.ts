import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { documentedExamples, runExample } from '../../../tools/vitest/documented-examples.js';
import * as goldEval from '../src/index.js';
import * as judges from '../src/judges/index.js';
import * as node from '../src/node/index.js';
import * as statistics from '../src/statistics/index.js';
import { completion, openAiServer } from './openai-server.js';

const examples = await documentedExamples(new URL('../', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'ais-examples-'));
// A judge that knows the answers.
const server = await openAiServer();
server.script(({ messages }) => {
  const [, first = ''] = /<response-a>(.*)<\/response-a>/s.exec(messages[0]?.content ?? '') ?? [];
  return completion(`Verdict: ${/scatters|Seven/.test(first) ? 'A' : 'B'}`);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const scope = {
  ...goldEval,
  ...statistics,
  ...judges,
  ...node,
  fileAnswerCache: (path: string) => node.fileAnswerCache(join(folder, path)),
  process: { env: { OPENAI_BASE_URL: server.baseUrl } },
};

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(30);
});

test.each(examples)('$name', async ({ code, printed }) => {
  expect(await runExample(code, scope)).toEqual(printed);
});
