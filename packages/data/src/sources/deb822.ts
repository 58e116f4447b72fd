import { nodeBuiltin } from '@ais/runtime/files';
import { DataError } from '../errors.js';

/** Fields of one paragraph of a Debian control file by name, continuation lines joined by line breaks. */
export type Stanza<Field extends string> = Readonly<Partial<Record<Field, string>>>;

/**
 * Streams the stanzas of one of apt's lists (deb822), whatever its compression: plain lists are read here, others by
 * apt itself, which knows every compression that it writes.
 *
 * @param path the list
 * @param fields the fields that are wanted; others are passed over
 * @param aptHelper the path of apt-helper
 * @throws {DataError} `corpus-unreadable`
 * @see deb822(5)
 */
export async function* readStanzas<Field extends string>(
  path: string,
  fields: readonly Field[],
  aptHelper: string,
): AsyncGenerator<Stanza<Field>> {
  const isPlain = !/\.(gz|bz2|lzma|xz|lz4|zst)$/.test(path);
  const decoder = new TextDecoder();
  // Stanzas are parsed as many at a time as a chunk holds: a turn of the event loop for every line would take longer
  // than the parsing.
  let rest = '';
  for await (const chunk of isPlain ? readPlain(path) : readCompressed(path, aptHelper)) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split(/\n[ \t]*\n/);
    rest = blocks.pop() ?? '';
    if (rest.length > LONGEST) throw unreadable(path, `a paragraph has more than ${LONGEST} characters`);
    for (const block of blocks) yield parseStanza(block, fields);
  }
  if (rest.trim() !== '') yield parseStanza(rest, fields);
}

/** Far more than any paragraph has: what never ends would be joined to itself, chunk by chunk, until the memory is full. */
const LONGEST = 1 << 22;

function parseStanza<Field extends string>(block: string, fields: readonly Field[]): Stanza<Field> {
  const stanza: Partial<Record<Field, string>> = {};
  let field: Field | undefined;
  for (const line of block.split('\n')) {
    if (line.startsWith(' ') || line.startsWith('\t')) {
      if (field !== undefined) stanza[field] += `\n${line}`;
    } else {
      field = fields.find((name) => line.startsWith(name) && line[name.length] === ':');
      if (field !== undefined) stanza[field] = line.slice(field.length + 1).trim();
    }
  }
  return stanza;
}

async function* readPlain(path: string): AsyncGenerator<Uint8Array> {
  const { createReadStream } = nodeBuiltin('node:fs', 'debianSource');
  try {
    yield* createReadStream(path, { highWaterMark: 1 << 18 });
  } catch (cause) {
    throw unreadable(path, (cause as Error).message, cause);
  }
}

async function* readCompressed(path: string, aptHelper: string): AsyncGenerator<Uint8Array> {
  const { spawn } = nodeBuiltin('node:child_process', 'debianSource');
  const helper = spawn(aptHelper, ['cat-file', path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  helper.stderr.on('data', (chunk) => {
    complaint = (complaint + String(chunk)).slice(-2000);
  });
  const end = new Promise<{ code?: number | null; cause?: Error }>((resolve) => {
    helper.on('error', (cause) => resolve({ cause }));
    helper.on('close', (code) => resolve({ code }));
  });
  try {
    yield* helper.stdout;
    const { code, cause } = await end;
    if (cause !== undefined || code !== 0) {
      throw unreadable(
        path,
        cause?.message ?? `${aptHelper} ended with exit code ${code}. ${complaint.trim()}`,
        cause,
      );
    }
  } finally {
    helper.kill();
  }
}

function unreadable(path: string, why: string, cause?: unknown): DataError {
  return new DataError(
    'corpus-unreadable',
    `apt's list ${path} cannot be read: ${why}. Download it again: ${BRING}`,
    {
      cause,
      place: { file: path },
    },
  );
}

/** The command that brings the descriptions; container images switch them off by default. */
export const BRING = 'apt-get update -o Acquire::Languages=en';
