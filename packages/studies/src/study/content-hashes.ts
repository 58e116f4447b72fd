import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hashJson } from '../durable-json.js';
import { ConfigurationError } from '../training/configuration-error.js';

/**
 * SHA-256 of what is in the files and folders that settings name: another content makes other stages.
 *
 * What is no file or folder here, as a name on the Hub, has none.
 *
 * @throws {ConfigurationError} naming the setting, where it cannot be read
 */
export interface ContentHashes {
  /** Of a source that is a file. */
  readonly source: (setting: string, source: string) => Promise<string | undefined>;
  /** Of a model's folder: configuration, weights and tokenizer. */
  readonly model: (setting: string, folder: string) => Promise<string | undefined>;
  /** Of the tokenizer alone in a model's folder. */
  readonly tokenizer: (setting: string, folder: string) => Promise<string | undefined>;
}

/** Hashes that read each file once: weights can be gigabytes. */
export function contentHashes(): ContentHashes {
  const known = new Map<string, Promise<string>>();
  const ofFile = (path: string): Promise<string> => {
    const hash = known.get(path) ?? hashFile(path);
    known.set(path, hash);
    return hash;
  };
  const ofFolder = async (folder: string, wanted: RegExp): Promise<string> => {
    const files: Record<string, string> = {};
    for (const name of await readdir(folder)) {
      if (wanted.test(name)) files[name] = await ofFile(join(folder, name));
    }
    return hashJson(files);
  };
  return {
    source: async (setting, source) =>
      /\.(jsonl(\.gz|\.zst)?|parquet)$/.test(source) ? readable(setting, source, ofFile(source)) : undefined,
    model: async (setting, folder) =>
      existsSync(folder) ? readable(setting, folder, ofFolder(folder, /\.(json|safetensors)$/)) : undefined,
    tokenizer: async (setting, folder) =>
      existsSync(folder)
        ? readable(setting, folder, ofFolder(folder, /^tokenizer(_config)?\.json$/))
        : undefined,
  };
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

async function readable(setting: string, place: string, hash: Promise<string>): Promise<string> {
  try {
    return await hash;
  } catch (cause) {
    throw new ConfigurationError(setting, place, `it cannot be read: ${(cause as Error).message}`);
  }
}
