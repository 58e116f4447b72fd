import { appendFile, type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AnswerCache } from '../chat/answer-cache.js';
import type { ChatAnswer } from '../chat/chat-client.js';

/** A cache in a file. */
export interface FileAnswerCache extends AnswerCache {
  /** How many requests it had answers to when it was opened. */
  readonly entries: number;
  /** Lines that could not be read, such as one that a crash cut off: their requests are asked again. */
  readonly unreadable: number;
}

/**
 * Keeps a language model's answers in a file, one JSON object per line: `{ key, request, answers }`.
 *
 * Lines are only ever appended, so that processes may share the file, and what was answered before a crash stays. A process
 * knows the answers that were there when it opened the file, and its own.
 *
 * @param path the file; made with its folder if it does not exist
 * @throws what reading and writing throws
 * @example
 * const cache = await fileAnswerCache('runs/judge.jsonl');
 * const judge = await openAiJudge({ ...openAiEndpoint({ OPENAI_API_KEY: 'sk-1' }), model: 'small', cache });
 * console.log(cache.entries); // 0
 */
export async function fileAnswerCache(path: string): Promise<FileAnswerCache> {
  await mkdir(dirname(path), { recursive: true });
  const known = new Map<string, readonly ChatAnswer[]>();
  let unreadable = 0;
  const file = await open(path, 'a+');
  try {
    // A line that a crash cut off must not swallow the next one.
    if (!(await endsWithLine(file))) await naming(path, file.appendFile('\n'));
    for await (const line of file.readLines({ start: 0, autoClose: false })) {
      const entry = parseLine(line);
      if (entry) known.set(entry.key, entry.answers);
      else unreadable += 1;
    }
  } finally {
    await file.close();
  }
  return {
    entries: known.size,
    unreadable,
    get: async (key) => known.get(key),
    set: async (key, answers, request) => {
      known.set(key, answers);
      await naming(path, appendFile(path, `${jsonLine({ key, request, answers })}\n`));
    },
  };
}

/** The system's error of a write does not say by itself which file it is about. */
function naming(path: string, written: Promise<void>): Promise<void> {
  return written.catch((error: Error) => {
    throw Object.assign(error, { path });
  });
}

async function endsWithLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read({ buffer: new Uint8Array(1), position: size - 1 });
  return buffer[0] === 0x0a;
}

/** JSON without the two characters that it allows in strings and that readers of lines break lines at. */
function jsonLine(value: unknown): string {
  return JSON.stringify(value).replace(/[\u2028\u2029]/g, (character) =>
    character === '\u2028' ? '\\u2028' : '\\u2029',
  );
}

function parseLine(
  line: string,
): { readonly key: string; readonly answers: readonly ChatAnswer[] } | undefined {
  try {
    const { key, answers } = JSON.parse(line) as {
      readonly key: unknown;
      readonly answers: readonly ChatAnswer[];
    };
    const whole = answers.every(
      ({ text, finishReason }) => typeof text === 'string' && typeof finishReason === 'string',
    );
    return typeof key === 'string' && answers.length > 0 && whole ? { key, answers } : undefined;
  } catch {
    return undefined;
  }
}
