import { lstat, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile, sha256OfJson, withLock } from '@ais/runtime/files';
import type { Artifacts } from '../artifacts.js';
import { WorkflowError } from '../errors.js';

/** Copies, on this machine, of what stages left: each in a folder that is named by its content. */
export interface S3Cache {
  /** Where an attempt works. */
  workOf(folder: string, attempt: string): string;
  /**
   * The folder with the files of a stage. Those that are not there, or not what they should be, are fetched.
   *
   * @param wanted which of the files are needed
   */
  open(
    stage: { readonly folder: string; readonly files: Artifacts },
    wanted: (file: string) => boolean,
    fetch: (file: string, sha256: string, path: string) => Promise<void>,
  ): Promise<string>;
  /** Keeps the folder in which a stage was made as the copy of what it left. */
  keep(stage: { readonly folder: string; readonly files: Artifacts }, made: string): Promise<void>;
  /** Removes what attempts at a stage left. */
  clear(folder: string): Promise<void>;
}

export function s3Cache(root: string): S3Cache {
  const copyOf = ({ folder, files }: { readonly folder: string; readonly files: Artifacts }): string =>
    join(root, 'stages', folder, sha256OfJson(files).slice(0, 12));
  return {
    workOf: (folder, attempt) => join(root, 'work', folder, attempt),
    async open(stage, wanted, fetch) {
      const copy = copyOf(stage);
      await withLock(`${copy}.lock`, async () => {
        await mkdir(copy, { recursive: true });
        for (const [file, sha256] of Object.entries(stage.files)) {
          if (!wanted(file)) continue;
          const path = join(copy, plainPath(file));
          if (!(await isFile(path)) || (await sha256OfFile(path)) !== sha256) await fetch(file, sha256, path);
        }
      });
      return copy;
    },
    async keep(stage, made) {
      const copy = copyOf(stage);
      await mkdir(join(copy, '..'), { recursive: true });
      // Another process on this machine may have fetched it already.
      await rename(made, copy).catch(() => rm(made, { recursive: true, force: true }));
    },
    clear: (folder) => rm(join(root, 'work', folder), { recursive: true, force: true }),
  };
}

/** The path of a file below a folder, as a record names it: it must not lead elsewhere. */
export function plainPath(file: string): string {
  const parts = file.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..' || /[\\\0:]/.test(part))) {
    throw new WorkflowError('artifact-damaged', `"${file}" is not the name of a file that a stage left.`);
  }
  return join(...parts);
}

function isFile(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}
