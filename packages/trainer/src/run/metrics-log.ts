import { type FileHandle, readFile } from 'node:fs/promises';
import { explainFileError, FileError, openToAppend, readJsonLines, writeWhole } from '@ais/runtime/files';

/** One line of a run's metrics.jsonl: a training step, a step that was skipped, or an evaluation after `step` updates. */
export interface MetricsLine {
  readonly event: 'train' | 'skip' | 'evaluate';
  /** Updates done. */
  readonly step: number;
  readonly epoch: number;
  /** Everything else, by TRL's names; keys that begin with `timing/` or `memory/` differ from run to run, all others do not. */
  readonly [name: string]: number | string;
}

export interface MetricsLog {
  /** Writes a line and returns the file's length after it, in bytes. */
  append(line: MetricsLine): Promise<number>;
  /** Flushes the file to the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a metrics file to continue after a checkpoint: what was written after it is cut off, except that step's evaluation.
 *
 * An evaluation runs after the checkpoint of its step, so it may lie after the checkpoint's offset and still be good.
 *
 * @param path the file; created if missing
 * @param from the checkpoint's step, its offset in bytes, and the copy that it holds of the file so far
 * @returns the log, whether it has the evaluation of that step, and whether the file had been lost or damaged and
 *   was restored from the copy
 */
export async function openMetricsLog(
  path: string,
  from: { readonly step: number; readonly offset: number; readonly copy?: string },
): Promise<{ log: MetricsLog; evaluated: boolean; restored: boolean }> {
  try {
    const restored = from.copy !== undefined && (await restore(path, from.copy, from.offset));
    const file = await openToAppend(path);
    try {
      const content = await readFile(path);
      const kept = evaluationLength(content.subarray(from.offset), from.step);
      await file.truncate(from.offset + kept);
      return { log: metricsLog(file, path, from.offset + kept), evaluated: kept > 0, restored };
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    throw explainFileError(error, path);
  }
}

/** Puts back the first `length` bytes of a file where they are not those of its copy. */
async function restore(path: string, copy: string, length: number): Promise<boolean> {
  const expected = (await readFile(copy)).subarray(0, length);
  const found = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  });
  if (found.subarray(0, length).equals(expected)) return false;
  await writeWhole(path, expected);
  return true;
}

/**
 * Reads a run's metrics.jsonl.
 *
 * @param path the file
 * @returns its lines, in order
 * @throws {FileError} `damaged-file` naming the first line that is not JSON, or not one of these
 * @example
 * await trainSft(policy, examples, options);
 * const lines = await readMetrics('runs/example/metrics.jsonl');
 * console.log(lines.filter(({ event }) => event === 'train').length); // 1
 */
export async function readMetrics(path: string): Promise<MetricsLine[]> {
  const lines = await readJsonLines<MetricsLine | null>(path);
  return lines.map((line, index) => {
    if (typeof line === 'object' && line !== null && typeof line.step === 'number') return line;
    throw new FileError(
      'damaged-file',
      path,
      `${path}, line ${index + 1}, is no line of a run's metrics. Restore the file, or resume the run: its checkpoint has a copy.`,
    );
  });
}

function metricsLog(file: FileHandle, path: string, start: number): MetricsLog {
  let length = start;
  return {
    async append(line) {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
      try {
        await file.appendFile(bytes);
      } catch (error) {
        throw explainFileError(error, path);
      }
      length += bytes.length;
      return length;
    },
    sync: () => file.sync(),
    close: () => file.close(),
  };
}

/** The length of the first line if it is whole and the evaluation of this step, else 0. */
function evaluationLength(content: Buffer, step: number): number {
  const end = content.indexOf('\n');
  if (end < 0) return 0;
  try {
    const line = JSON.parse(content.toString('utf8', 0, end)) as MetricsLine;
    return line.event === 'evaluate' && line.step === step ? end + 1 : 0;
  } catch {
    return 0;
  }
}
