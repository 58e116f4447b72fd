/** What a user can do about a failure of the file system, by its code. */
const remedies: Readonly<Record<string, (path: string) => string>> = {
  ENOSPC: (path) =>
    `The disk is full: ${path} could not be written. Free some space and go on with --resume.`,
  EDQUOT: (path) =>
    `The disk quota is used up: ${path} could not be written. Free some space and go on with --resume.`,
  EACCES: (path) =>
    `There is no permission for ${path}. Choose another folder with --out, or change its permissions.`,
  EPERM: (path) =>
    `There is no permission for ${path}. Choose another folder with --out, or change its permissions.`,
  EROFS: (path) => `${path} is on a read-only file system. Choose another folder with --out.`,
  ENOTDIR: (path) =>
    `A part of ${path} is a file where a folder is needed. Choose another folder with --out.`,
  EEXIST: (path) => `${path} stands already and is no folder. Choose another folder with --out.`,
};

/**
 * One message for a failure: what happened, to what, and what to do about it.
 *
 * The packages' own errors say all that; failures of the file system get a sentence of ours.
 */
export function describeError(error: unknown): { readonly name: string; readonly message: string } {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { code, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  const remedy = code === undefined ? undefined : remedies[code];
  const place = dest ?? path ?? 'the output folder';
  // The packages name the option of their functions; here it is a flag.
  const message = error.message.replaceAll('{ resume: true }', '--resume');
  return { name: error.name, message: remedy ? remedy(place) : message };
}
