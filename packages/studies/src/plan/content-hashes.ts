import { type Dirent, existsSync, statSync } from 'node:fs';
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
  /** Of a source that is a file or a folder, or of the files and folders of a mixture. */
  readonly source: (setting: string, source: string) => Promise<string | undefined>;
  /** Of a model's folder: configuration, weights and tokenizer. */
  readonly model: (setting: string, folder: string) => Promise<string | undefined>;
  /** Of the tokenizer and the template alone in a model's folder. */
  readonly tokenizer: (setting: string, folder: string) => Promise<string | undefined>;
  /** Of a template that is a file. */
  readonly template: (setting: string, template: unknown) => Promise<string | undefined>;
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
    for (const name of await wantedFiles(folder, wanted)) files[name] = await ofFile(join(folder, name));
    return sha256OfJson(files);
  };
  const ofPath = async (setting: string, path: string, wanted: RegExp): Promise<string | undefined> => {
    if (!existsSync(path)) return undefined;
    const hash = statSync(path).isDirectory() ? ofFolder(path, wanted) : ofFile(path);
    return readable(setting, path, hash);
  };
  const ofSource = (setting: string, source: string): Promise<string | undefined> =>
    ofPath(setting, source, isPreparedFolder(source) ? /^manifest\.json$/ : savedFiles(source));
  return {
    source: async (setting, source) => {
      const shares = sharesOf(source);
      if (shares === undefined) return ofSource(setting, source);
      const hashes: Record<string, string> = {};
      for (const share of shares) {
        const hash = await ofSource(setting, share);
        if (hash !== undefined) hashes[share] = hash;
      }
      return Object.keys(hashes).length > 0 ? sha256OfJson(hashes) : undefined;
    },
    // What has neither a slash nor the end of a file's name is the name of a built-in template.
    template: async (setting, template) =>
      typeof template === 'string' && /[/\\]|\.(ya?ml|json)$/.test(template)
        ? ofPath(setting, template, /(?!)/)
        : undefined,
    model: async (setting, folder) =>
      existsSync(folder) ? readable(setting, folder, ofFolder(folder, MODEL)) : undefined,
    tokenizer: (setting, folder) => ofPath(setting, folder, TOKENIZER),
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

/** Templates of a model: its own, and those that it has for tools or documents. */
const TEMPLATES = String.raw`[^/]+\.jinja|additional_chat_templates/[^/]+\.jinja`;

/** Configuration, weights, tokenizer, and templates of a model. */
const MODEL = new RegExp(String.raw`^([^/]+\.(json|safetensors)|${TEMPLATES})$`);

const TOKENIZER = new RegExp(String.raw`^((tokenizer(_config)?|text)\.json|${TEMPLATES})$`);

/** What is read of a folder of `save_to_disk`: of a dictionary of sets, the folder of each set too. */
function savedFiles(folder: string): RegExp {
  return existsSync(join(folder, 'dataset_dict.json'))
    ? /^([^/]+\/)?[^/]+\.(json|arrow)$/
    : /^[^/]+\.(json|arrow)$/;
}

/** The files in a folder, and in its folders, whose names from there are wanted. */
async function wantedFiles(folder: string, wanted: RegExp): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (wanted.test(entry.name)) found.push(entry.name);
    else if (isFolder(folder, entry) && !entry.name.startsWith('.'))
      found.push(
        ...(await readdir(join(folder, entry.name)))
          .map((name) => `${entry.name}/${name}`)
          .filter((name) => wanted.test(name)),
      );
  }
  return found;
}

/** Whether an entry is a folder, or a link to one. */
function isFolder(folder: string, entry: Dirent): boolean {
  return (
    entry.isDirectory() ||
    (entry.isSymbolicLink() &&
      statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isDirectory() === true)
  );
}

/** The sources of a mixture, `a.jsonl*0.7,b.csv*0.3`; undefined for one source. */
function sharesOf(source: string): string[] | undefined {
  if (!/\*[\d.]+(,|$)/.test(source) || existsSync(source)) return undefined;
  return source.split(',').map((share) => share.replace(/\*[\d.]+\s*$/, '').trim());
}

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
