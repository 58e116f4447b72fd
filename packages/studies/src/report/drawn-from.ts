import { AisError } from '@ais/runtime/errors';
import { explainFileError } from '@ais/runtime/files';
import { StudyError } from '../errors.js';

/**
 * Draws a report of what a folder holds. Its data may be anything: damaged, or a stranger's. What cannot be drawn ends with an
 * error that names the folder.
 *
 * @throws {StudyError} `invalid-data`
 */
export async function drawnFrom<Drawn>(folder: string, draw: () => Promise<Drawn>): Promise<Drawn> {
  try {
    return await draw();
  } catch (error) {
    const explained = explainFileError(error, folder);
    if (explained instanceof AisError) throw explained;
    // A plugin's errors, and those of the file system, are their own.
    if (!(error instanceof Error) || 'code' in error) throw error;
    throw new StudyError(
      'invalid-data',
      `${folder} holds data that no report can be drawn of (${error.message}). Restore its files, or run it again.`,
      { cause: error },
    );
  }
}
