import { nodeBuiltinIfThere } from '@ais/runtime/files';
import { type HubOptions, isRepositoryName } from '@ais/runtime/hub';
import { CheckpointError } from '../errors.js';
import { contentFile, contentFolder, type FileContent } from '../files/blobs.js';
import { openKeptFiles } from '../files/kept-files.js';
import { type FileFolder, type OpenedFile, openRequired, readBytes } from '../files/opened-file.js';
import { webFolder } from '../files/web-folder.js';
import { INDEX_FILE, WEIGHTS_FILE } from './checkpoint.js';
import { COMMON_TEMPLATES, COMPANION_FILES, isAdditionalTemplate } from './companion-files.js';
import { wrongFolder } from './wrong-folder.js';

/**
 * Where a model comes from:
 *
 * - a path, also as a `file:` URL, or `owner/name` on the Hub;
 * - the address of a folder in Hugging Face's layout or of a `.gguf` file; in a page also one that begins with `/`, `./`, or
 *   `../`;
 * - the `File` or the bytes of a GGUF file;
 * - the `File`s of a folder, as a page gets them, or contents by file name, in a map or an object.
 */
export type ModelSource = string | URL | Blob | ArrayBuffer | Uint8Array | GivenFiles;

/** The `File`s of a folder, as a page gets them, or contents by file name, in a map or an object. */
export type GivenFiles =
  | Iterable<File>
  | ReadonlyMap<string, FileContent>
  | Readonly<Record<string, FileContent>>;

export interface SourceOptions extends HubOptions {
  /**
   * Whether files from addresses are kept in the browser's Cache Storage, where there is one; true by default. A kept file
   * is used as long as its server has the same one or does not answer.
   */
  readonly cache?: boolean;
}

/** A model that is neither on disk nor brought there. */
export type GivenModel =
  | { readonly kind: 'folder'; readonly folder: FileFolder }
  | { readonly kind: 'gguf'; open(): Promise<OpenedFile> };

const GGUF = /\.gguf$/i;
const FILES = 'files';

/**
 * What is given instead of a path.
 *
 * @returns undefined for a path or a name that is to be looked for on disk first
 * @throws {CheckpointError} `not-a-model`, and the codes of `wrongFolder`, for files that are no model
 */
export async function givenModel(
  source: ModelSource,
  options: SourceOptions,
): Promise<GivenModel | undefined> {
  if (typeof source === 'string' || source instanceof URL) {
    const address = addressOf(source, options);
    return address && fromAddress(address, options);
  }
  const { signal } = options;
  if (source instanceof Blob) return oneFile(contentFile(source, nameOf(source), signal));
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    return oneFile(contentFile(source as ArrayBuffer | Uint8Array, 'the bytes', signal));
  }
  const { place, contents } = namedContents(source as GivenFiles);
  const names = [...contents.keys()];
  if (names.includes(WEIGHTS_FILE) || names.includes(INDEX_FILE)) {
    return { kind: 'folder', folder: contentFolder(contents, place, signal) };
  }
  const [gguf, ...others] = names.filter((name) => GGUF.test(name));
  if (gguf === undefined || others.length > 0) throw wrongFolder(names, place);
  return oneFile(contentFile(contents.get(gguf) as FileContent, gguf, signal));
}

/** Files as a folder that is read from. */
export function givenFolder(files: GivenFiles): FileFolder {
  const { place, contents } = namedContents(files);
  return contentFolder(contents, place);
}

function namedContents(files: GivenFiles): {
  readonly place: string;
  readonly contents: ReadonlyMap<string, FileContent>;
} {
  if (isIterable(files) && !(files instanceof Map)) return ofFolder([...(files as Iterable<File>)]);
  return { place: FILES, contents: new Map(files instanceof Map ? files : Object.entries(files)) };
}

/** The address that a source stands for; undefined if it is a path, or a name that is looked for on disk first. */
function addressOf(
  source: string | URL,
  { endpoint = 'https://huggingface.co', revision = 'main' }: HubOptions,
): URL | undefined {
  const inNode = nodeBuiltinIfThere('node:fs/promises') !== undefined;
  if (inNode && /^file:/i.test(String(source))) return undefined;
  if (source instanceof URL) return source;
  if (/^(https?|blob|data|file):/i.test(source)) return parsedAddress(source);
  if (inNode) return undefined;
  if (/^\.{0,2}\//.test(source)) return parsedAddress(source, globalThis.location.href);
  if (isRepositoryName(source)) {
    return parsedAddress(`${endpoint.replace(/\/+$/, '')}/${source}/resolve/${encodeURIComponent(revision)}`);
  }
  throw new CheckpointError(
    'checkpoint-not-found',
    'a page has no folders. Give an address (https://…, or one that begins with / or ./), files, or owner/name on the Hub.',
    { file: source },
  );
}

/** @throws {CheckpointError} `checkpoint-not-found` for what is no address */
function parsedAddress(address: string, base?: string): URL {
  try {
    return new URL(address, base);
  } catch (cause) {
    const message = 'it is no valid address. Correct it; one begins with https://, a host, and a path.';
    throw new CheckpointError('checkpoint-not-found', message, { file: address }, { cause });
  }
}

async function fromAddress(address: URL, options: SourceOptions): Promise<GivenModel> {
  const { cache = true, offline, token, onProgress, signal } = options;
  const isOnServer = /^https?:$/.test(address.protocol);
  const companions = [...COMPANION_FILES, ...COMMON_TEMPLATES];
  const folder = webFolder(address, {
    kept: cache && isOnServer ? await openKeptFiles() : undefined,
    offline,
    token,
    onProgress,
    signal,
    optional: [...companions, WEIGHTS_FILE, INDEX_FILE],
    // Where the index, which is asked for last, is forbidden too, the weights are.
    hidden: [...companions, WEIGHTS_FILE],
  });
  if (isOnServer && !GGUF.test(address.pathname)) return { kind: 'folder', folder };
  return { kind: 'gguf', open: () => openRequired(folder, '') };
}

/** @throws {CheckpointError} `not-a-model` */
async function oneFile(file: OpenedFile): Promise<GivenModel> {
  const start = file.size < 4 ? new Uint8Array() : await readBytes(file, 0, 4);
  if (String.fromCharCode(...start) === 'GGUF') return { kind: 'gguf', open: async () => file };
  throw new CheckpointError(
    'not-a-model',
    "it is not a GGUF file. Of a model in Hugging Face's layout, give all files of its folder, config.json among them.",
    { file: file.path },
  );
}

const nameOf = (blob: Blob): string => (blob as Partial<File>).name ?? 'the blob';

function isIterable(value: object): value is Iterable<File> {
  return Symbol.iterator in value;
}

/** The files of a folder, without those of folders in it, but for chat templates. */
function ofFolder(files: readonly File[]): { place: string; contents: Map<string, File> } {
  const paths = files.map((file) => ({ file, parts: (file.webkitRelativePath || file.name).split('/') }));
  const depth = Math.min(...paths.map(({ parts }) => parts.length));
  const within = paths.map(({ file, parts }) => [parts.slice(depth - 1).join('/'), file] as const);
  return {
    place: paths.find(({ parts }) => parts.length === depth)?.parts.at(-2) ?? FILES,
    contents: new Map(within.filter(([name]) => !name.includes('/') || isAdditionalTemplate(name))),
  };
}
