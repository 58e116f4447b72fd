import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RuntimeError } from '../src/errors.js';
import { openRepository } from '../src/hub/index.js';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const CONTENT = 'PAR1';
/** Git's hash of it. */
const OID = createHash('sha1').update(`blob 4\0${CONTENT}`).digest('hex');
const PATH = 'data.bin';

/** What a hostile Hub answers in place of one of three things; each line of a table below is one attack. */
interface Attack {
  readonly name: string;
  readonly on: 'revision' | 'tree' | 'file';
  readonly answer: (response: ServerResponse) => void;
}

const sent =
  (status: number, body: string | Buffer, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers).end(body);
  };
const json = (value: unknown): string => JSON.stringify(value);
const entry = (fields: object): string => json([{ type: 'file', path: PATH, size: 4, oid: OID, ...fields }]);
const large = (lfs: unknown): string => entry({ lfs });

const NO_JSON: readonly string[] = [
  ...[
    '',
    ' ',
    '\0',
    '{',
    '[',
    '"',
    'null',
    'true',
    '0',
    '1e999',
    'NaN',
    '<html>',
    '\u001b[2J',
    '{"sha":',
    '{"sha":"x"',
    '[[',
    '}',
    '\ud800',
  ],
  ...['['.repeat(50_000), '{"a":'.repeat(50_000), 'a'.repeat(500_000)],
];

const REVISIONS: readonly string[] = [
  ...[
    '{}',
    '[]',
    '"x"',
    json({ sha: null }),
    json({ sha: 1 }),
    json({ sha: '' }),
    json({ sha: [] }),
    json({ sha: {} }),
    json({ sha: 'main' }),
  ],
  ...[
    json({ sha: '../../x' }),
    json({ sha: `${COMMIT}/../x` }),
    json({ sha: COMMIT.slice(1) }),
    json({ sha: `${COMMIT}0` }),
    json({ sha: COMMIT.toUpperCase() }),
  ],
  ...[
    json({ sha: `${COMMIT}\n` }),
    json({ sha: ` ${COMMIT}` }),
    json({ Sha: COMMIT }),
    json([{ sha: COMMIT }]),
    json({ sha: '\u001b[2J' }),
    json({ error: 'no' }),
  ],
];

const LISTINGS: readonly string[] = [
  ...['{}', json([]), json([null]), json([1]), json(['x']), json([[]]), json([{}]), json({ files: [] })],
  ...[
    '',
    '.',
    '..',
    '../x',
    '/etc/passwd',
    'a/../../x',
    'a//b',
    'a/./b',
    '..\\x',
    'a\\..\\..\\x',
    './x',
    'x/',
    '/',
    '\\\\server\\x',
  ].map((path) => entry({ path })),
  ...[null, 1, [], {}, true].map((path) => entry({ path })),
  ...[-1, 1.5, '4', null, 2 ** 53, [], {}, true].map((size) => entry({ size })),
  ...['', 'x', null, 1, [], '../x', `${OID}0`, OID.slice(1), OID.toUpperCase(), `${OID}\n`].map((oid) =>
    entry({ oid }),
  ),
  ...[
    {},
    { oid: 'x', size: 4 },
    { oid: '../../x'.padEnd(64, '0'), size: 4 },
    { oid: '0'.repeat(63), size: 4 },
    { oid: '0'.repeat(64), size: -1 },
    { oid: 1, size: 4 },
    { oid: '0'.repeat(64), size: '4' },
    { oid: 'A'.repeat(64), size: 4 },
    'x',
  ].map(large),
  ...['directory', 'link', '', null, 1, 'symlink'].map((type) => entry({ type })),
  json([{ type: 'file', path: '__proto__', size: 4, oid: OID }]),
  `{"__proto__":${entry({})}}`,
];

const FILES: readonly (readonly [string, (response: ServerResponse) => void])[] = [
  ...['', 'P', 'PAR', 'PAR2', 'PAR11', 'X'.repeat(4), 'PAR1'.repeat(100_000)].map(
    (body) => [`the content ${body.slice(0, 9)}`, sent(200, body)] as const,
  ),
  ...['bytes 0-3/4', 'bytes 1-3/4', 'bytes 0-3/*', 'bytes */4', 'x', 'bytes 0-99/100', 'items 0-3/4', ''].map(
    (range) => [`206 with ${range}`, sent(206, 'PAR2', { 'content-range': range })] as const,
  ),
  ['a content that is not gzip', sent(200, CONTENT, { 'content-encoding': 'gzip' })],
  ['64 MiB in 64 KiB', sent(200, gzipSync(Buffer.alloc(64 * 2 ** 20)), { 'content-encoding': 'gzip' })],
  [
    'a content that breaks',
    (response) => response.writeHead(200, { 'content-length': '4' }).write('PA', () => response.destroy()),
  ],
];

const STATUSES: readonly number[] = [
  204, 300, 304, 400, 401, 402, 403, 404, 405, 406, 410, 416, 418, 429, 451, 500, 502, 503, 504, 599,
];
const REDIRECTS: readonly string[] = [
  '',
  '//evil.test/',
  'http://evil.test/',
  'file:///etc/passwd',
  'data:application/json,{}',
  'http://',
  'javascript:1',
  'http://127.0.0.1:9/',
  'http://me:secret@evil.test/',
  'ftp://x',
];
const BROKEN: readonly (readonly [string, (response: ServerResponse) => void])[] = [
  ['a connection that breaks', (response) => response.destroy()],
  ['no HTTP', (response) => response.socket?.end('SSH-2.0-OpenSSH_9\r\n')],
  [
    'a cut answer',
    (response) => response.writeHead(200, { 'content-length': '99' }).write('{', () => response.destroy()),
  ],
];

const on = (
  kind: Attack['on'],
  attacks: readonly (readonly [string, (response: ServerResponse) => void])[],
): Attack[] => attacks.map(([name, answer]) => ({ name: `${kind}: ${name}`, on: kind, answer }));
const bodies = (all: readonly string[]): (readonly [string, (response: ServerResponse) => void])[] =>
  all.map((body) => [json(body).slice(0, 80), sent(200, body, { 'content-type': 'application/json' })]);
const ALWAYS = [
  ...STATUSES.map(
    (status) =>
      [`status ${status}`, sent(status, status === 204 || status === 304 ? '' : '{"error":"no"}')] as const,
  ),
  ...BROKEN,
];
const AWAY = REDIRECTS.map((to) => [`a redirect to ${json(to)}`, sent(307, '', { location: to })] as const);

const ATTACKS: readonly Attack[] = [
  ...on('revision', [...bodies([...NO_JSON, ...REVISIONS]), ...ALWAYS, ...AWAY]),
  ...on('tree', [...bodies([...NO_JSON, ...LISTINGS]), ...ALWAYS, ...AWAY]),
  ...on('file', [...FILES, ...ALWAYS]),
];

let root: string;
let origin: string;
const server = createServer(({ url = '' }, response) => {
  response.on('error', () => {});
  const [, index, ...path] = url.split('/');
  const attack = ATTACKS[Number(index)];
  const asked = path[0] !== 'api' ? 'file' : url.includes('/tree/') ? 'tree' : 'revision';
  if (attack?.on === asked) attack.answer(response);
  else if (asked === 'revision')
    sent(
      200,
      json({ _id: '1', id: 'owner/x', sha: COMMIT, lastModified: '2026-01-01T00:00:00.000Z' }),
    )(response);
  else if (asked === 'tree') sent(200, entry({}))(response);
  else sent(200, CONTENT)(response);
});
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ais-hostile-hub-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(root, { recursive: true });
});

test(`${ATTACKS.length} hostile answers of a Hub end with an error that names it, and leave no file`, async () => {
  expect(ATTACKS.length).toBeGreaterThanOrEqual(200);
  const wrong: string[] = [];
  const attack = async (index: number): Promise<void> => {
    const name = ATTACKS[index]?.name ?? '';
    const cacheDirectory = join(root, `${index}`);
    const error = await openRepository('model', 'owner/x', {
      endpoint: `${origin}/${index}`,
      cacheDirectory,
      token: 'hf_secret',
    })
      .then((repository) => repository.bring(PATH))
      .then(
        (paths) => ({ paths }),
        (thrown: unknown) => thrown,
      );
    const isTyped = error instanceof RuntimeError && error.message.includes(origin);
    if (!isTyped || error.message.length > 2000 || /secret/.test(error.message))
      wrong.push(`${name}: ${String(error).slice(0, 300)}`);
    const left = await readdir(cacheDirectory, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const file of left) {
      const isKept = /\.incomplete$|^[0-9a-f]{40}\.json$/.test(file.name);
      if (!file.isDirectory() && !isKept) wrong.push(`${name}: left ${file.name}`);
    }
  };
  // No attacks happen there.
  const friendly = { endpoint: `${origin}/friendly`, cacheDirectory: join(root, 'friendly') };
  const [brought = ''] = await (await openRepository('model', 'owner/x', friendly)).bring(PATH);
  expect(await readFile(brought, 'utf8')).toBe(CONTENT);
  const queue = ATTACKS.keys();
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const index of queue) await attack(index);
    }),
  );
  expect(wrong).toEqual([]);
});
