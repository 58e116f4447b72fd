import { nodeBuiltin } from '@ais/runtime/files';
import { type HubOptions, isRepositoryName } from '@ais/runtime/hub';
import { CheckpointError } from '../errors.js';
import type { Architecture } from '../families/architecture.js';
import { architectureOf } from '../families/registry.js';
import { readFailure } from '../files/disk.js';
import { checkManifest } from './check-manifest.js';
import { CONFIGURATION_FILE, INDEX_FILE, readJson, WEIGHTS_FILE } from './checkpoint.js';
import { bringPretrained } from './download-pretrained.js';
import { ADAPTER_CONFIGURATION_FILE, ADAPTER_WEIGHTS_FILE } from './peft/adapter-configuration.js';
import { wrongFolder } from './wrong-folder.js';

const GGUF = /\.gguf$/i;

/** Options of `locateModel`: where the Hub is, and what is laid over the model. */
export interface LocateOptions extends HubOptions {
  /** A folder of PEFT, or `owner/name` on the Hub, with an adapter for the model. */
  readonly adapter?: string | undefined;
  /** Families from outside the package. */
  readonly architectures?: readonly Architecture[];
}

/** Where a model is: a folder in Hugging Face's layout, a GGUF file, or a folder of PEFT with an adapter of another model. */
export interface FoundModel {
  readonly path: string;
  readonly kind: 'folder' | 'gguf' | 'adapter';
}

/** Finds a model: its folder, the newest checkpoint of a run, its GGUF file, or the folder of an adapter. */
export async function findModel(given: string, options: LocateOptions = {}): Promise<FoundModel> {
  const name = /^file:/i.test(given) ? pathOfUrl(given) : given;
  const { stat } = nodeBuiltin('node:fs/promises', 'Reading a model');
  const found = await stat(name).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
    throw readFailure(name, cause);
  });
  if (found?.isDirectory()) return modelIn(name, options.architectures);
  if (found !== undefined && GGUF.test(name)) return { path: name, kind: 'gguf' };
  if (found !== undefined) throw wrongFile(name);
  if (!isRepositoryName(name)) {
    throw new CheckpointError(
      'checkpoint-not-found',
      'it does not exist. Give the folder of a model, a GGUF file, or owner/name on the Hub.',
      {
        file: name,
      },
    );
  }
  const hint = `(There is no folder ${name}, so this is the repository on the Hub.)`;
  return modelIn(await bringPretrained(name, options, hint), options.architectures);
}

/** @throws {CheckpointError} `checkpoint-not-found` for a `file:` URL of no path on this machine */
function pathOfUrl(url: string): string {
  try {
    return nodeBuiltin('node:url', 'Reading a model').fileURLToPath(url);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `it is not the URL of a local file (${reason}). Give a path.`;
    throw new CheckpointError('checkpoint-not-found', message, { file: url }, { cause });
  }
}

async function modelIn(folder: string, architectures?: readonly Architecture[]): Promise<FoundModel> {
  const { readdir } = nodeBuiltin('node:fs/promises', 'Reading a model');
  const { join } = nodeBuiltin('node:path', 'Reading a model');
  const list = (path: string): Promise<string[]> =>
    readdir(path).catch((cause: unknown) => {
      throw readFailure(path, cause);
    });
  const names = await list(folder);
  await checkManifest(folder, names);
  if (names.includes(WEIGHTS_FILE) || names.includes(INDEX_FILE)) return { path: folder, kind: 'folder' };
  const steps = names.includes('checkpoints') ? await list(join(folder, 'checkpoints')) : [];
  const newest = steps
    .flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .reduce((most, step) => Math.max(most, step), -1);
  if (newest >= 0) {
    const path = join(folder, 'checkpoints', `step-${newest}`);
    await checkManifest(path, await list(path));
    return { path, kind: 'folder' };
  }
  if (names.includes(ADAPTER_CONFIGURATION_FILE)) {
    if (names.includes(ADAPTER_WEIGHTS_FILE)) return { path: folder, kind: 'adapter' };
    throw wrongFolder(names, folder);
  }
  const [gguf, ...others] = names.filter((name) => GGUF.test(name));
  if (gguf !== undefined && others.length === 0 && wrongFolder(names, folder).code === 'gguf-file') {
    return { path: join(folder, gguf), kind: 'gguf' };
  }
  if (!names.includes(CONFIGURATION_FILE)) throw wrongFolder(names, folder);
  // Weights of another kind would be converted for nothing if the family cannot be computed.
  const file = join(folder, CONFIGURATION_FILE);
  const json = (await readJson(file)) as { model_type?: unknown } | null;
  if (typeof json?.model_type === 'string') architectureOf(json.model_type, file, architectures);
  const wrong = wrongFolder(names, folder);
  if (wrong.code !== 'not-a-model' || json?.model_type === undefined) throw wrong;
  const missing = 'the folder has no weights. Get the file, or finish the download.';
  throw new CheckpointError('checkpoint-not-found', missing, { file: join(folder, WEIGHTS_FILE) });
}

/** A file where a folder is wanted: its name says what it is. */
function wrongFile(path: string): CheckpointError {
  const { basename, dirname } = nodeBuiltin('node:path', 'Reading a model');
  const wrong = wrongFolder([basename(path)], path);
  if (wrong.code !== 'not-a-model') return wrong;
  const message = `it is a file. Give the folder of a model, such as ${dirname(path)}.`;
  return new CheckpointError('not-a-model', message, { file: path });
}
