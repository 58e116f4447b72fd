import { CheckpointError } from '../../errors.js';
import { openFile } from '../../files/disk.js';
import { type OpenedFile, readBytes } from '../../files/opened-file.js';
import { tensorSize } from '../safetensors.js';
import { type GgufEntry, type MetadataValue, readGgufHeader } from './header.js';
import { readNumbers } from './tensor-types.js';

/** An open GGUF file: its tensors are read one at a time. */
export interface GgufFile {
  readonly path: string;
  readonly metadata: ReadonlyMap<string, MetadataValue>;
  readonly entries: ReadonlyMap<string, GgufEntry>;
  /** A tensor's numbers as float32. */
  read(tensor: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Opens a GGUF file and checks its header.
 *
 * @param source a path, or a file that is open already, which `close` closes
 * @throws {CheckpointError} `checkpoint-not-found`, `checkpoint-unreadable`, `checkpoint-corrupt`, `unsupported-type`;
 *   `read` also throws `missing-tensor`
 * @example
 * const file = await openGguf('SmolLM2-135M-Instruct.Q4_1.gguf');
 * console.log(file.entries.size > 0); // true
 * await file.close();
 */
export async function openGguf(source: string | OpenedFile): Promise<GgufFile> {
  const file = typeof source === 'string' ? await openFile(source) : source;
  const { path, size } = file;
  try {
    const { metadata, tensors } = await readGgufHeader(size, (length) => readBytes(file, 0, length), path);
    return {
      path,
      metadata,
      entries: tensors,
      read: async (tensor) => {
        const entry = tensors.get(tensor);
        if (entry === undefined) {
          throw new CheckpointError('missing-tensor', 'the file has no such tensor.', { file: path, tensor });
        }
        return readNumbers(entry.type, tensorSize(entry.shape), (bytes) => file.fill(entry.begin, bytes));
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
