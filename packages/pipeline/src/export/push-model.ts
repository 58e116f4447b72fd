import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { exportGguf } from '@ais/language-model/gguf';
import { temporaryFolder } from '@ais/runtime/files';
import {
  type HubUpload,
  isRepositoryName,
  type UploadedCommit,
  type UploadOptions,
  uploadToHub,
} from '@ais/runtime/hub';
import { PipelineError } from '../errors.js';
import { modelToHandOn, warnOfBase } from './export-model.js';
import type { ModelForm } from './model-card.js';
import { convertFiles, requireOfForm, type StoredAs } from './stored-as.js';

/** Options of `preparePush`. */
export interface PushRequest extends StoredAs {
  /** A folder, a run, a GGUF file, a name, or `owner/name`. */
  readonly model: string;
  /** `owner/name` on the Hugging Face Hub. */
  readonly repository: string;
  readonly to: ModelForm;
  /** Whether only its owner may see the repository. */
  readonly isPrivate: boolean;
  /** Told where others cannot load what is uploaded; by default it goes to `console.warn`. */
  readonly onWarning?: (message: string) => void;
}

/** A file of an upload. */
export interface PushedFile {
  readonly path: string;
  readonly bytes: number;
}

/** Everything that an upload takes, before anything is sent. */
export interface PreparedPush {
  readonly files: readonly PushedFile[];
  /** README.md */
  readonly card: string;
  /** @throws {HubError} as `uploadToHub` */
  upload(options?: UploadOptions): Promise<UploadedCommit>;
  /** Removes what was written on the way. */
  dispose(): Promise<void>;
}

/**
 * Prepares a model for the Hugging Face Hub: its files, and its card. Nothing is sent, and no server is asked.
 *
 * An adapter names its base model as the Hub does, where that is known, and in no case a folder of this machine.
 *
 * @throws {PipelineError} `invalid-setting` if the repository is not `owner/name`, or for an option of another form
 * @throws what `findModel`, `exportGguf`, and `convertWeights` throw
 * @example
 * const push = await preparePush({ model: 'runs/dpo', repository: 'owner/name', to: 'folder', isPrivate: true });
 * const { url } = await push.upload();
 * await push.dispose();
 */
export async function preparePush({
  model,
  repository,
  to,
  isPrivate,
  onWarning = console.warn,
  ...options
}: PushRequest): Promise<PreparedPush> {
  requireOfForm(to, options);
  if (!isRepositoryName(repository)) {
    throw new PipelineError(
      'invalid-setting',
      `${repository} is not the name of a repository on the Hub. Give owner/name.`,
      { key: 'repository' },
    );
  }
  const name = repository.slice(repository.indexOf('/') + 1);
  const { folder, files: names, card, base } = await modelToHandOn(model, to, name);
  const { path: temporary, remove: dispose } = await temporaryFolder('push');
  try {
    const files = new Map<string, { readonly path: string } | { readonly content: string }>();
    if (to === 'gguf') {
      const file = `${name}-${options.type ?? 'f32'}.gguf`;
      await exportGguf(folder, join(temporary, file), options);
      files.set(file, { path: join(temporary, file) });
    } else {
      const converted = await convertFiles(to, folder, temporary, options);
      for (const [each, path] of names) {
        files.set(each, { path: converted.includes(each) ? join(temporary, each) : path });
      }
    }
    if (to === 'adapter') {
      warnOfBase(base, onWarning);
      const configuration = JSON.parse(await readFile(join(folder, ADAPTER), 'utf8')) as object;
      const named = { ...configuration, base_model_name_or_path: base?.repository ?? base?.name ?? null };
      files.set(ADAPTER, { content: `${JSON.stringify(named, null, 2)}\n` });
    }
    files.set('README.md', { content: card });
    const listed = await Promise.all(
      Array.from(files, async ([path, source]) => ({
        path,
        bytes: 'path' in source ? (await stat(source.path)).size : Buffer.byteLength(source.content),
      })),
    );
    const upload: HubUpload = { files, title: `Add ${name}`, isPrivate };
    return {
      files: listed,
      card,
      upload: (how) => uploadToHub(repository, upload, how),
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

const ADAPTER = 'adapter_config.json';
