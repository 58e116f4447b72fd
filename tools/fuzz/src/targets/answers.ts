import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { httpScorer, scoreAll } from '@ais/gold-eval';
import { openAiJudge } from '@ais/gold-eval/language-model-judge';
import { openRepository } from '@ais/runtime/hub';
import { filesTarget } from '../files-target.js';
import { textFiles } from '../fixtures.js';
import type { FuzzTarget } from '../target.js';

const ITEMS = [
  { prompt: 'Why?', response: ' So.' },
  { prompt: 'How?', response: ' Thus.' },
];
const STRANGE = ['NaN', [1], [1, 2, 3], '1', { rewards: [1, 2] }, { content: 'Score: 7' }, [{ message: {} }]];

/** A server that gives one answer to whatever it is asked. */
const answering =
  (body: Uint8Array): typeof fetch =>
  async () =>
    new Response(body.slice(), { status: 200, headers: { 'content-type': 'application/json' } });

/** Rewards that a judge answers with. */
export const judgeAnswer: FuzzTarget = filesTarget({
  name: 'judge-answer',
  share: 6,
  strange: STRANGE,
  seeds: () => [textFiles({ 'answer.json': { rewards: [0.5, -1.25] } })],
  async read(directory) {
    const fetch = answering(await readFile(join(directory, 'answer.json')));
    await scoreAll(httpScorer('judge@1', 'http://127.0.0.1:9/score', { fetch, retries: 0 }), ITEMS);
  },
});

/** Chat completions that a language model judges with, alone and in pairs. */
export const chatAnswer: FuzzTarget = filesTarget({
  name: 'chat-answer',
  share: 5,
  strange: [...STRANGE, 'Verdict: A', 'Score: 1e999', 'Score: 8', '```json\n{"score": 8}\n```'],
  seeds: () =>
    ['Score: 7', 'It is better.\nVerdict: A', 'It is short.\nScore: 3'].map((content) =>
      textFiles({
        'answer.json': {
          choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
          usage: { prompt_tokens: 12, completion_tokens: 3 },
        },
      }),
    ),
  async read(directory, { base }) {
    const fetch = answering(await readFile(join(directory, 'answer.json')));
    const options = { baseUrl: 'http://127.0.0.1:9/v1', model: 'small', fetch, retries: 0 };
    if (base === 1) {
      const judge = await openAiJudge({ ...options, mode: 'pairwise' });
      await judge.compare([{ prompt: 'Why?', a: ' So.', b: ' No.' }]);
    } else await (await openAiJudge(options)).score(ITEMS.slice(0, 1));
  },
});

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
/** Git's hash of the content `PAR1`. */
const OID = '2a0bf39a6ba2b0aaea5b3ed2dc5c6a6ed1c3b3f5';

/** What a Hub says of a repository, and the list of its files. */
export const hubAnswer: FuzzTarget = filesTarget({
  name: 'hub-answer',
  share: 3,
  structured: 0.7,
  strange: [
    COMMIT,
    OID,
    { type: 'file', path: '../x', size: 1, oid: OID },
    '../../x',
    '/etc/passwd',
    'directory',
  ],
  seeds: () => [
    textFiles({
      'revision.json': { _id: '1', id: 'owner/x', sha: COMMIT, lastModified: '2026-01-01T00:00:00.000Z' },
      'tree.json': [
        { type: 'file', path: 'config.json', size: 4, oid: OID },
        { type: 'file', path: 'a/model.bin', size: 9, oid: OID, lfs: { oid: 'ab'.repeat(32), size: 9 } },
        { type: 'directory', path: 'a', size: 0, oid: OID },
      ],
    }),
  ],
  async read(directory) {
    const cacheDirectory = join(directory, 'cache');
    const own = globalThis.fetch;
    globalThis.fetch = async (input) => {
      const url = input instanceof Request ? input.url : String(input);
      const name = url.includes('/tree/') ? 'tree.json' : 'revision.json';
      const body = await readFile(join(directory, name)).catch(() => undefined);
      if (body === undefined) return new Response('{"error":"no"}', { status: 404 });
      return answering(body)(url);
    };
    try {
      const options = { endpoint: 'http://127.0.0.1:9', cacheDirectory };
      const repository = await openRepository('model', 'owner/x', options);
      await repository.files();
    } finally {
      globalThis.fetch = own;
      await rm(cacheDirectory, { recursive: true, force: true });
    }
  },
});
