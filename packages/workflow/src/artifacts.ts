import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from '@ais/runtime/files';
import { WorkflowError } from './errors.js';

/** The SHA-256 of each file in a folder and below, by its path with slashes. */
export type Artifacts = Readonly<Record<string, string>>;

/**
 * Hashes all files in a folder and below.
 *
 * @param except names in the folder that are passed over
 * @throws {WorkflowError} `stage-failed` if there is anything but files and folders: a link may lead anywhere
 */
export async function hashArtifacts(
  directory: string,
  { except = [] }: { readonly except?: readonly string[] } = {},
): Promise<Artifacts> {
  const found: Record<string, string> = {};
  const visit = async (below: string): Promise<void> => {
    const entries = await readdir(join(directory, below), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (below === '' && except.includes(entry.name)) continue;
      if (entry.isDirectory()) await visit(path);
      else if (entry.isFile()) found[path] = await sha256OfFile(join(directory, path));
      else {
        throw new WorkflowError(
          'stage-failed',
          `${join(directory, path)} is neither a file nor a folder. A stage leaves nothing else.`,
        );
      }
    }
  };
  await visit('');
  return found;
}

/**
 * Checks that files are what a stage left.
 *
 * @throws {WorkflowError} `artifact-damaged` naming the first that is missing or different
 */
export async function verifyArtifacts(directory: string, artifacts: Artifacts): Promise<void> {
  for (const [name, hash] of Object.entries(artifacts)) {
    const path = join(directory, name);
    const isFile = await lstat(path).then(
      (found) => found.isFile(),
      () => false,
    );
    if (isFile && (await sha256OfFile(path)) === hash) continue;
    throw new WorkflowError(
      'artifact-damaged',
      `${path} is ${isFile ? 'not what its stage left: its SHA-256 differs' : 'missing'}. ` +
        `Remove ${directory} and run again: the stage is then computed again.`,
    );
  }
}
