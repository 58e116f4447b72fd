import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GoldEvalError, httpScorer, scoreAll } from '../src/index.js';
import { openAiChat } from '../src/judges/index.js';

/** What a hostile judge answers to one request; each line of a table below is one attack. */
type Attack = readonly [name: string, answer: (response: ServerResponse) => void];

/** Bodies that are no rewards of two items, and no chat completion. */
const BODIES: readonly string[] = [
  ...[
    '',
    ' ',
    '\n',
    '\0',
    '\ufeff',
    'null',
    'nil',
    '{"rewards":[1,2],"rewards":[1]}',
    '{"rewards":[1e309,2]}',
    '{"rewards":["1e999",2]}',
    '{"rewards":[{"value":1},2]}',
    'true',
    'false',
    '0',
    '-0',
    '1e999',
    '"rewards"',
    '[]',
    '{}',
    '[[]]',
    'NaN',
    'undefined',
  ],
  ...[
    '{',
    '[',
    '"',
    '{"rewards"',
    '{"rewards":',
    '{"rewards":[',
    '{"rewards":[1',
    '{"rewards":[1,',
    '{"rewards":[1,2',
    '{"rewards":[1,2]',
  ],
  ...[
    '{"rewards":null}',
    '{"rewards":1}',
    '{"rewards":"1,2"}',
    '{"rewards":{}}',
    '{"rewards":{"0":1,"1":2,"length":2}}',
    '{"rewards":[]}',
  ],
  ...[
    '{"rewards":[1]}',
    '{"rewards":[1,2,3]}',
    '{"rewards":[[1,2]]}',
    '{"rewards":[1,null]}',
    '{"rewards":[null,null]}',
    '{"rewards":[true,false]}',
  ],
  ...[
    '{"rewards":["1","2"]}',
    '{"rewards":[{},{}]}',
    '{"rewards":[[1],[2]]}',
    '{"rewards":[1e999,1]}',
    '{"rewards":[1,-1e999]}',
    '{"rewards":[1e999,1e999]}',
  ],
  ...[
    '{"rewards":[NaN,1]}',
    '{"rewards":[Infinity,1]}',
    '{"rewards":[0x1,2]}',
    '{"rewards":[01,2]}',
    '{"rewards":[1,2,]}',
    '{"rewards":[,1]}',
  ],
  ...[
    "{'rewards':[1,2]}",
    '{rewards:[1,2]}',
    '{"rewards":[1,2]}{"rewards":[1,2]}',
    '{"rewards":[1,2]}x',
    'x{"rewards":[1,2]}',
    '/**/{"rewards":[1,2]}',
  ],
  ...[
    '{"Rewards":[1,2]}',
    '{"reward":[1,2]}',
    '{"scores":[1,2]}',
    '{"__proto__":{"rewards":[1,2]}}',
    '{"constructor":{"rewards":[1,2]}}',
    '[{"rewards":[1,2]}]',
  ],
  ...[
    '{"error":"no"}',
    '{"error":{"message":"\\u001b[2J"}}',
    '{"detail":[]}',
    '{"choices":null}',
    '{"choices":[]}',
    '{"choices":{}}',
    '{"choices":[null]}',
  ],
  ...[
    '{"choices":[{}]}',
    '{"choices":[{"message":null}]}',
    '{"choices":[{"message":1}]}',
    '{"choices":[{"message":{"content":1}}]}',
    '{"choices":[{"message":{"content":[]}}]}',
  ],
  ...[
    '{"choices":"x"}',
    '{"choices":[[]]}',
    '{"choices":[1,2]}',
    '{"choices":[{"text":"x"}]}',
    '{"choices":[{"delta":{"content":"x"}}]}',
    'data: {"choices":[]}\n\ndata: [DONE]\n\n',
  ],
  ...[
    '<html>',
    '<?xml version="1.0"?>',
    '\u001b[2J\u001b[H',
    '\u202egnp.exe',
    'Traceback (most recent call last):',
    '%00',
    '../../etc/passwd',
    '{{7*7}}',
    '=cmd()',
  ],
  ...[
    '['.repeat(100_000),
    '{"a":'.repeat(50_000),
    '1'.repeat(100_000),
    '"'.concat('\\u0000'.repeat(20_000)),
    '\ud800',
    'a'.repeat(1_000_000),
  ],
];

const STATUSES: readonly number[] = [
  ...[
    201, 203, 204, 205, 206, 207, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308, 400, 401, 402, 403, 404,
    405, 406, 407, 408, 409, 410, 411,
  ],
  ...[
    412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502,
    503, 504, 505, 507, 508, 511, 520, 529, 599, 999,
  ],
];

const REDIRECTS: readonly string[] = [
  ...[
    '',
    '/',
    '?',
    '#',
    '//evil.test/x',
    'http://evil.test/',
    'https://evil.test/',
    'http://127.0.0.1:9/',
    'http://[::1]/',
    'http://me:secret@evil.test/',
  ],
  ...[
    'file:///etc/passwd',
    'data:application/json,{"rewards":[1,2]}',
    'javascript:alert(1)',
    'ftp://evil.test',
    'http://',
    '\u00ff',
    'http://evil.test:99999/',
    '/score',
  ],
];

const HEADERS: readonly (readonly [string, string])[] = [
  ...(['gzip', 'br', 'deflate', 'gzip, gzip', 'x'] as const).map(
    (value) => ['content-encoding', value] as const,
  ),
  ...(['-1', '0', '1e9', 'never', '99999999999', 'Fri, 31 Dec 9999 23:59:59 GMT', '\u00ff'] as const).map(
    (value) => ['retry-after', value] as const,
  ),
  ...(['text/html', 'application/octet-stream', 'x'.repeat(4000)] as const).map(
    (value) => ['content-type', value] as const,
  ),
];

const sent =
  (status: number, body: string | Buffer, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, headers).end(body);
  };

const ATTACKS: readonly Attack[] = [
  ...BODIES.map((body): Attack => [`the body ${JSON.stringify(body).slice(0, 60)}`, sent(200, body)]),
  ...STATUSES.map((status): Attack => [`the status ${status}`, sent(status, 'no')]),
  ...REDIRECTS.map(
    (to): Attack => [`a redirect to ${JSON.stringify(to)}`, sent(307, 'no', { location: to })],
  ),
  ...HEADERS.map(
    ([name, value]): Attack => [`${name}: ${value.slice(0, 30)}`, sent(503, 'no', { [name]: value })],
  ),
  ['a connection that breaks at once', (response) => response.destroy()],
  [
    'a body that breaks',
    (response) => response.writeHead(200).write('{"rewards":', () => response.destroy()),
  ],
  [
    'a body shorter than it says',
    (response) => response.writeHead(200, { 'content-length': '99' }).write('{', () => response.destroy()),
  ],
  ['no answer', () => {}],
  ['a body without end', (response) => void response.writeHead(200).write('{"rewards":[')],
  [
    'a body that drips',
    (response) => {
      response.writeHead(200);
      const drip = setInterval(() => (response.destroyed ? clearInterval(drip) : response.write('1,')), 20);
    },
  ],
  ['20 MiB', (response) => sent(200, Buffer.alloc(20 * 2 ** 20, 0x20))(response)],
  ['64 MiB in 64 KiB', sent(200, gzipSync(Buffer.alloc(64 * 2 ** 20)), { 'content-encoding': 'gzip' })],
  ['a cut gzip', sent(200, gzipSync('{"rewards":[1,2]}').subarray(0, 20), { 'content-encoding': 'gzip' })],
  ['no HTTP', (response) => response.socket?.end('SSH-2.0-OpenSSH_9\r\n')],
  [
    'a header without end',
    (response) => response.socket?.end(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(200_000)}`),
  ],
];

let origin: string;
const server = createServer((request, response) => {
  request.resume().on('end', () => ATTACKS[Number(/\d+/.exec(request.url ?? '')?.[0])]?.[1](response));
  response.on('error', () => {});
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** What was thrown; whether it is an error that a user can read is for the test to say. */
async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => ({ value }),
    (error: unknown) => error,
  );
}

test(`${ATTACKS.length} hostile answers of a judge end with an error that names it`, async () => {
  expect(ATTACKS.length).toBeGreaterThanOrEqual(200);
  const items = ['a', 'b'].map((response) => ({ prompt: 'p', response }));
  const patience = { retries: 0, timeout: 500 };
  const wrong: string[] = [];
  const attack = async (index: number): Promise<void> => {
    const name = ATTACKS[index]?.[0] ?? '';
    const scorer = httpScorer('judge@1', `${origin}/${index}`, patience);
    const chat = openAiChat({ model: 'small', baseUrl: `${origin}/${index}/v1`, ...patience });
    const found = {
      scorer: await thrownBy(scoreAll(scorer, items)),
      chat: await thrownBy(chat.complete([{ role: 'user', content: 'Hello' }])),
    };
    for (const [who, error] of Object.entries(found)) {
      const isTyped = error instanceof GoldEvalError && /judge@1|small/.test(error.message);
      const isShort = isTyped && error.message.length < 1000 && !error.message.includes('secret');
      if (!isShort) wrong.push(`${who}, ${name}: ${JSON.stringify(error)} ${String(error).slice(0, 300)}`);
    }
  };
  // Some at once, so that those that wait for a time limit do so together.
  const queue = ATTACKS.keys();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const index of queue) await attack(index);
    }),
  );
  expect(wrong).toEqual([]);
});
