import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CheckpointError } from '@ais/language-model';
import { HubError } from '@ais/runtime/hub';
import { closestMatch } from 'leven';
import { PipelineError } from '../errors.js';
import { findModel } from '../models/find-model.js';

/**
 * The folder of a model that a setting names, as `findModel` finds it. A name such as `runs/x` may be a repository on the Hub too:
 * where it looks like a path, and is neither, the folder that is missing is what the error says first.
 *
 * @param key the setting that names the model, for the error
 * @param find what finds it
 * @throws {PipelineError} `invalid-setting` for what looks like a path; else what `findModel` throws
 */
export async function modelFolder(
  name: string,
  key: string = 'model',
  find: (name: string) => Promise<string> = findModel,
): Promise<string> {
  try {
    return await find(name);
  } catch (error) {
    if (!(error instanceof CheckpointError) || existsSync(name) || !looksLikePath(name)) throw error;
    const near = nearestFolder(name);
    // The Hub's own error: the other one says too that there is no such folder.
    const onHub = error.cause instanceof HubError ? error.cause.detail : error.detail;
    throw new PipelineError(
      'invalid-setting',
      `There is no folder ${name}.${near === undefined ? '' : ` Did you mean ${near}?`} Check the path. Looking up a repository of that name on the Hub failed as well: ${onHub}`,
      { key, cause: error },
    );
  }
}

/** Whether a name that might be a repository is rather a path: runs are in runs/, and other folders are there. */
function looksLikePath(name: string): boolean {
  const [first = '', second] = name.split(/[/\\]/);
  return second !== undefined && (first === 'runs' || existsSync(first));
}

function nearestFolder(name: string): string | undefined {
  const parent = dirname(name);
  const names = existsSync(parent)
    ? readdirSync(parent, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() && !entry.name.startsWith('.') ? [entry.name] : [],
      )
    : [];
  return names.length === 0 ? undefined : join(parent, closestMatch(basename(name), names) ?? '');
}
