import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from './configuration-error.js';

/**
 * The folder with a model's weights that a path stands for: the path itself, or a run's newest checkpoint.
 *
 * @param key names the setting in the message
 * @throws {ConfigurationError} where there is neither
 */
export async function modelFolder(path: string, key: string): Promise<string> {
  if (existsSync(join(path, 'model.safetensors')) || existsSync(join(path, 'model.safetensors.index.json'))) {
    return path;
  }
  const names = await readdir(join(path, 'checkpoints')).catch(() => []);
  const steps = names
    .flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
  const last = steps.at(-1);
  if (last !== undefined) return join(path, 'checkpoints', `step-${last}`);
  throw new ConfigurationError(
    key,
    key,
    `${path} holds neither a model (model.safetensors) nor a run with a checkpoint. Give the folder of a finished run.`,
  );
}
