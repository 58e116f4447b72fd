import { CheckpointError } from '../../errors.js';
import { fillBytes, openFile, readBytes } from '../../files.js';
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
 * @throws {CheckpointError} `checkpoint-not-found`, `checkpoint-unreadable`, `checkpoint-corrupt`, `unsupported-type`;
 *   `read` also throws `missing-tensor`
 */
export async function openGguf(path: string): Promise<GgufFile> {
  const { file, size } = await openFile(path);
  try {
    const { metadata, tensors } = await readGgufHeader(
      size,
      (length) => readBytes(file, path, 0, length),
      path,
    );
    return {
      path,
      metadata,
      entries: tensors,
      read: async (tensor) => {
        const entry = tensors.get(tensor);
        if (entry === undefined) {
          throw new CheckpointError('missing-tensor', 'the file has no such tensor.', { file: path, tensor });
        }
        return readNumbers(entry.type, tensorSize(entry.shape), (bytes) =>
          fillBytes(file, path, entry.begin, bytes),
        );
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
