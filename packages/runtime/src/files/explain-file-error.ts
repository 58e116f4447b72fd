import { FileError, type FileErrorCode } from '../errors.js';
import { finalPath } from './temporary-path.js';

interface Explanation {
  readonly code: FileErrorCode;
  /** What is wrong, and what to do about it; `elsewhere` says how another place is chosen. */
  readonly says: (path: string, elsewhere: string) => string;
}

const forbidden: Explanation = {
  code: 'not-writable',
  says: (path, elsewhere) =>
    `There is no permission for ${path}. Change its permissions, or choose another place${elsewhere}.`,
};

const tooManyOpen: Explanation = {
  code: 'not-writable',
  says: (path) =>
    `${path} cannot be opened: too many files are open. Allow more (ulimit -n), or run fewer processes at once.`,
};

/** What a failure of the file system means, by the system's code. */
const explanations: ReadonlyMap<string | undefined, Explanation> = new Map([
  [
    'ENOSPC',
    {
      code: 'disk-full',
      says: (path, elsewhere) =>
        `The disk of ${path} is full. Free some space, or choose a place on another disk${elsewhere}, and run this again.`,
    },
  ],
  [
    'EDQUOT',
    {
      code: 'disk-full',
      says: (path, elsewhere) =>
        `The disk quota for ${path} is used up. Free some space, or choose a place on another disk${elsewhere}, and run this again.`,
    },
  ],
  ['EACCES', forbidden],
  ['EPERM', forbidden],
  [
    'EROFS',
    {
      code: 'not-writable',
      says: (path, elsewhere) => `${path} is on a read-only file system. Choose another place${elsewhere}.`,
    },
  ],
  [
    'ENOTDIR',
    {
      code: 'not-writable',
      says: (path, elsewhere) =>
        `A part of ${path} is a file where a folder is needed. Choose another place${elsewhere}.`,
    },
  ],
  [
    'ELOOP',
    {
      code: 'not-writable',
      says: (path, elsewhere) =>
        `There is a symbolic link where ${path} goes, which is not followed. Remove it, or choose another place${elsewhere}.`,
    },
  ],
  [
    'EEXIST',
    {
      code: 'not-writable',
      says: (path, elsewhere) =>
        `${path} already exists and is not a folder. Choose another place${elsewhere}.`,
    },
  ],
  [
    'EISDIR',
    {
      code: 'not-writable',
      says: (path, elsewhere) => `${path} is a folder. Choose another place${elsewhere}.`,
    },
  ],
  [
    'ENOTEMPTY',
    {
      code: 'not-writable',
      says: (path, elsewhere) => `${path} is a folder that is not empty. Choose another place${elsewhere}.`,
    },
  ],
  [
    'EBUSY',
    {
      code: 'not-writable',
      says: (path, elsewhere) =>
        `${path} is in use by another program. Close that, or choose another place${elsewhere}.`,
    },
  ],
  [
    'ENAMETOOLONG',
    {
      code: 'not-writable',
      says: (path, elsewhere) =>
        `A name in ${path} is longer than its file system allows. Choose a shorter one, or another place${elsewhere}.`,
    },
  ],
  ['EMFILE', tooManyOpen],
  ['ENFILE', tooManyOpen],
]);

/**
 * Turns a full disk and a missing permission into a typed error that names the path and the remedy.
 *
 * @param error what was thrown
 * @param path what was being written, for failures that do not name it
 * @param elsewhere how another place is chosen, such as `--out`
 * @returns a `FileError`, or the error itself if it is something else
 * @example
 * const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
 * console.log(explainFileError(full, 'runs/a').code); // disk-full
 */
export function explainFileError(error: unknown, path: string, elsewhere?: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code, path: from, dest = from } = error as NodeJS.ErrnoException & { readonly dest?: string };
  const explanation = explanations.get(code);
  if (explanation === undefined || !isOfFiles(error)) return error;
  const failed = dest === undefined ? path : finalPath(dest);
  const place = elsewhere === undefined ? '' : ` (${elsewhere})`;
  return new FileError(explanation.code, failed, explanation.says(failed, place), { cause: error });
}

/** Whether a failure is of a file, and not of a socket, a program, or a process, which have the same codes. */
function isOfFiles({ syscall = '' }: NodeJS.ErrnoException): boolean {
  return !/^(listen|bind|connect|accept|getaddrinfo|send|recv|spawn|kill|uv_)/.test(syscall);
}
