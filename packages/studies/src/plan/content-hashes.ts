import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isPreparedFolder } from '@ais/pipeline';
import { PipelineError } from '@ais/pipeline/settings';
import { sha256OfFile, sha256OfJson } from '@ais/runtime/files';

/**
 * SHA-256 of what is in the files and folders that settings name: another content makes other stages.
 *
 * What is not a file or folder here, such as a name on the Hub, has none.
 *
 * @throws {PipelineError} naming the setting, where it cannot be read
 */
export interface ContentHashes {
  /** Of a source that is a file or a folder. */
  readonly source: (setting: string, source: string) => Promise<string | undefined>;
  /** Of a model's folder: configuration, weights and tokenizer. */
  readonly model: (setting: string, folder: string) => Promise<string | undefined>;
  /** Of the tokenizer and the template alone in a model's folder. */
  readonly tokenizer: (setting: string, folder: string) => Promise<string | undefined>;
  /** Of a judge that is a module or a model's folder. */
  readonly judge: (setting: string, judge: string) => Promise<string | undefined>;
  /** Of an objective that is a module. */
  readonly objective: (setting: string, objective: string) => Promise<string | undefined>;
}

/** Hashes that read each file once: weights can be gigabytes. */
export function contentHashes(): ContentHashes {
  const known = new Map<string, Promise<string>>();
  const ofFile = (path: string): Promise<string> => {
    const hash = known.get(path) ?? sha256OfFile(path);
    known.set(path, hash);
    return hash;
  };
  const ofFolder = async (folder: string, wanted: RegExp): Promise<string> => {
    const files: Record<string, string> = {};
    for (const name of await readdir(folder)) {
      if (wanted.test(name)) files[name] = await ofFile(join(folder, name));
    }
    return sha256OfJson(files);
  };
  const ofPath = async (setting: string, path: string, wanted: RegExp): Promise<string | undefined> => {
    if (!existsSync(path)) return undefined;
    const hash = statSync(path).isDirectory() ? ofFolder(path, wanted) : ofFile(path);
    return readable(setting, path, hash);
  };
  return {
    source: (setting, source) =>
      ofPath(setting, source, isPreparedFolder(source) ? /^manifest\.json$/ : /\.(json|arrow)$/),
    model: async (setting, folder) =>
      existsSync(folder) ? readable(setting, folder, ofFolder(folder, MODEL)) : undefined,
    tokenizer: (setting, folder) => ofPath(setting, folder, /^(tokenizer(_config)?|text)\.json$/),
    judge: (setting, judge) => ofPath(setting, moduleOf(judge), MODEL),
    // Whatever else lies here under the name of an objective is not meant.
    objective: async (setting, objective) =>
      /\.[cm]?[jt]s$/.test(moduleOf(objective)) ? ofPath(setting, moduleOf(objective), MODEL) : undefined,
  };
}

/** A module without the name of its export. */
function moduleOf(specifier: string): string {
  return specifier.split('#')[0] ?? specifier;
}

/** Configuration, weights, tokenizer, and template of a model. */
const MODEL = /\.(json|safetensors)$/;

/** What is read of a file or folder, or an error that names the setting. */
export async function readable(setting: string, place: string, found: Promise<string>): Promise<string> {
  try {
    return await found;
  } catch (cause) {
    throw new PipelineError(
      'unreadable-file',
      `${setting}: ${place} cannot be read: ${(cause as Error).message}`,
      { key: setting, cause },
    );
  }
}
