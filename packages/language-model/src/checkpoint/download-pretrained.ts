import { nodeBuiltin } from '@ais/runtime/files';
import {
  HubError,
  type HubOptions,
  type HubRepository,
  isRepositoryName,
  openRepository,
} from '@ais/runtime/hub';
import { CheckpointError, LanguageModelError, shown } from '../errors.js';
import type { Architecture } from '../families/architecture.js';
import { architectureOf } from '../families/registry.js';
import { CONFIGURATION_FILE, exists, INDEX_FILE, readJson, shardNames, WEIGHTS_FILE } from './checkpoint.js';
import { isCompanion } from './companion-files.js';
import { ADAPTER_CONFIGURATION_FILE, ADAPTER_WEIGHTS_FILE } from './peft/adapter-configuration.js';
import { wrongFolder } from './wrong-folder.js';

/** A repository that has these and no model has a PEFT adapter; the configuration first, the weights last. */
const ADAPTER_FILES = [ADAPTER_CONFIGURATION_FILE, ADAPTER_WEIGHTS_FILE] as const;

/**
 * Downloads a model from the Hugging Face Hub, once, and says in which folder it is: configuration, weights
 * (safetensors) and tokenizer. `loadPretrained` does the same; the folder serves whatever else reads a model's files,
 * such as `loadTokenizer` of `@ais/data`.
 *
 * Files lie in the cache of Python's `huggingface_hub`, in its layout, so that both find what the other has downloaded.
 * A download that was interrupted continues where it ended, and every file's hash is compared with the repository's. A
 * commit that was downloaded here is not asked for again; what Python has of one is completed, and hashed. For a branch or tag, the Hub
 * is asked which commit it is.
 *
 * @param repository `owner/name`
 * @returns the snapshot's folder
 * @throws {CheckpointError} `checkpoint-not-found`, `access-denied`, `download-failed`, `checkpoint-corrupt`
 * @throws {FileError} `disk-full`, `not-writable`; or the signal's reason
 * @example
 * const folder = () => downloadPretrained('HuggingFaceTB/SmolLM2-135M-Instruct'); // into the cache, once
 * @see https://huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export function downloadPretrained(repository: string, options: HubOptions = {}): Promise<string> {
  return bringPretrained(repository, options);
}

/** The same, with a sentence for a user who may have meant something other than a repository. */
export async function bringPretrained(
  repository: string,
  options: HubOptions & { readonly architectures?: readonly Architecture[] },
  hint?: string,
): Promise<string> {
  if (!isRepositoryName(repository)) {
    throw new LanguageModelError(
      'invalid-option',
      `${shown(repository)} is not the name of a repository (owner/name).`,
    );
  }
  try {
    const opened = await openRepository('model', repository, options);
    // What Python has downloaded is of use, but it may have brought only some of the files, and nothing has hashed them.
    if (opened.offline && (await isComplete(opened.directory))) return opened.directory;
    return await bringModel(opened, options.architectures);
  } catch (error) {
    throw error instanceof HubError ? checkpointError(error, hint) : error;
  }
}

async function bringModel(
  repository: HubRepository,
  architectures: readonly Architecture[] | undefined,
): Promise<string> {
  const { join } = nodeBuiltin('node:path', 'Downloading a model');
  const listed = await repository.files();
  const requireListed = (name: string): string => {
    if (listed.includes(name)) return name;
    const wrong = wrongFolder(listed, `${repository.endpoint}/${repository.name}`);
    if (!isModel && wrong.code !== 'not-a-model') throw wrong;
    const weights = listed.filter((each) => /\.safetensors$/.test(each));
    throw new CheckpointError('checkpoint-not-found', 'the repository has no such file.', {
      file: repository.url(name),
      expected: `${CONFIGURATION_FILE}, and ${WEIGHTS_FILE} or ${INDEX_FILE}`,
      found: weights.slice(0, 8).join(', ') || 'no weights',
    });
  };
  const companions = listed.filter(isCompanion);
  const isModel = listed.includes(WEIGHTS_FILE) || listed.includes(INDEX_FILE);
  if (!isModel && ADAPTER_FILES.every((name) => listed.includes(name))) {
    await repository.bring(...companions, ...ADAPTER_FILES);
    return repository.directory;
  }
  // Weights of a family that cannot be computed are not downloaded.
  await repository.bring(requireListed(CONFIGURATION_FILE));
  const configuration = join(repository.directory, CONFIGURATION_FILE);
  architectureOf(
    ((await readJson(configuration)) as { model_type?: unknown } | null)?.model_type,
    configuration,
    architectures,
  );
  const weights = listed.includes(WEIGHTS_FILE) ? [WEIGHTS_FILE] : await bringIndex();
  // The weights last: where they are, the rest is.
  await repository.bring(...companions, ...weights);
  return repository.directory;

  async function bringIndex(): Promise<string[]> {
    if (!listed.includes(INDEX_FILE)) requireListed(WEIGHTS_FILE);
    await repository.bring(INDEX_FILE);
    return (await shardNames(join(repository.directory, INDEX_FILE))).map(requireListed);
  }
}

const CODES = {
  'hub-not-found': 'checkpoint-not-found',
  'hub-access-denied': 'access-denied',
  'hub-failed': 'download-failed',
  'hub-damaged': 'checkpoint-corrupt',
} as const;

/** What the Hub does not give, as an error of this package. */
function checkpointError(error: HubError, hint: string | undefined): LanguageModelError {
  const { code, reason, place, expected, found } = error;
  if (code === 'hub-invalid-option') {
    return new LanguageModelError('invalid-option', `${place}: ${reason}`, { cause: error });
  }
  const fault = {
    file: place,
    ...(expected !== undefined && { expected }),
    ...(found !== undefined && { found }),
  };
  const message = hint !== undefined && code === 'hub-failed' ? `${reason} ${hint}` : reason;
  return new CheckpointError(CODES[code], message, fault, { cause: error });
}

async function isComplete(snapshot: string): Promise<boolean> {
  const { join } = nodeBuiltin('node:path', 'Downloading a model');
  const has = (name: string): Promise<boolean> => exists(join(snapshot, name));
  if ((await Promise.all(ADAPTER_FILES.map(has))).every(Boolean)) return true;
  if (!(await has(CONFIGURATION_FILE))) return false;
  if (await has(WEIGHTS_FILE)) return true;
  if (!(await has(INDEX_FILE))) return false;
  const shards = await shardNames(join(snapshot, INDEX_FILE));
  return (await Promise.all(shards.map(has))).every(Boolean);
}
