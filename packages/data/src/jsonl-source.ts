import { byteLines } from './byte-lines.js';
import { DataError } from './errors.js';
import { nodeBuiltin } from './node-builtins.js';
import type { Source, SummarizationRecord } from './record.js';

export interface JsonlSourceOptions {
  /** The source's name; the path by default. */
  name?: string;
}

/**
 * Records from a file of one JSON object a line: `id`, `subreddit`, `title`, `post`, `summary`, and `family` where
 * there is one. Other fields are ignored. Streams.
 *
 * `id` may be a number, and is the line's number where it is absent. Empty lines at the end of the file are no
 * records; nothing else is skipped.
 *
 * @param path the file
 * @param options a name
 * @returns the source
 * @throws {DataError} while reading: `file-unreadable`; `invalid-record` with file, line, field and remedy for a line
 *   that is no JSON object, that is no UTF-8, or that lacks a field, has one of another type, repeats an id, or has
 *   an empty post
 * @example
 * for await (const record of jsonlSource('posts.jsonl').records()) console.log(record.id);
 */
export function jsonlSource(path: string, { name = path }: JsonlSourceOptions = {}): Source {
  return {
    name,
    async *records() {
      const ids = new Map<string, number>();
      let emptyLine = 0;
      let line = 0;
      for await (const bytes of readFileLines(path)) {
        line++;
        const text = decode(bytes, path, line);
        if (text.trim() === '') {
          emptyLine ||= line;
          continue;
        }
        if (emptyLine > 0) throw invalid(path, emptyLine, undefined, 'the line is empty. Remove it');
        const record = parseRecord(text, path, line);
        const first = ids.get(record.id);
        if (first !== undefined) {
          throw invalid(
            path,
            line,
            'id',
            `"${record.id}" is the id of line ${first} too. Give each record its own`,
          );
        }
        ids.set(record.id, line);
        yield record;
      }
    },
  };
}

function parseRecord(text: string, path: string, line: number): SummarizationRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = (cause as Error).message;
    throw invalid(path, line, undefined, `this is not JSON (${why}). Repair or remove the line`, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(path, line, undefined, 'this is not a JSON object. Repair or remove the line');
  }
  const fields = value as Record<string, unknown>;
  const required = (field: string): string => {
    const content = fields[field];
    if (typeof content === 'string') return content;
    const what = content === undefined ? 'is missing' : `is ${describe(content)} where a string is due`;
    throw invalid(path, line, field, `${what}. Repair or remove the line`);
  };
  const id = typeof fields['id'] === 'number' ? String(fields['id']) : (fields['id'] ?? String(line));
  if (typeof id !== 'string' || id === '') {
    throw invalid(
      path,
      line,
      'id',
      `is ${describe(id)} where a string or a number is due. Repair or remove the line`,
    );
  }
  const record: SummarizationRecord = {
    id,
    subreddit: required('subreddit'),
    title: required('title'),
    post: required('post'),
    summary: required('summary'),
    ...(fields['family'] === undefined || fields['family'] === null ? {} : { family: required('family') }),
  };
  if (record.post.trim() === '') throw invalid(path, line, 'post', 'is empty. Fill it in or remove the line');
  for (const [field, content] of Object.entries(record)) {
    if (!isWellFormed(content)) {
      throw invalid(
        path,
        line,
        field,
        'has half a surrogate pair, which is no character. Repair or remove the line',
      );
    }
  }
  return record;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (value === '') return 'empty';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text);

function decode(bytes: Uint8Array, path: string, line: number): string {
  try {
    // The decoder drops a byte-order mark, which some editors put at the start of a file.
    return STRICT.decode(bytes);
  } catch (cause) {
    throw invalid(path, line, undefined, 'this is not UTF-8. Store the file as UTF-8', cause);
  }
}

const STRICT = new TextDecoder('utf-8', { fatal: true });

async function* readFileLines(path: string): AsyncGenerator<Uint8Array> {
  const { createReadStream } = nodeBuiltin('node:fs', 'jsonlSource');
  try {
    yield* byteLines(createReadStream(path, { highWaterMark: 1 << 18 }));
  } catch (cause) {
    throw new DataError(
      'file-unreadable',
      `${path} cannot be read: ${(cause as Error).message}. Check the path and its permissions.`,
      { cause, place: { file: path } },
    );
  }
}

function invalid(
  path: string,
  line: number,
  field: string | undefined,
  what: string,
  cause?: unknown,
): DataError {
  const where = field === undefined ? `${path}, line ${line}` : `${path}, line ${line}, field "${field}"`;
  return new DataError('invalid-record', `${where}: ${what}.`, {
    cause,
    place: { file: path, line, ...(field === undefined ? {} : { field }) },
  });
}
