import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isTemplateFile, sharesOf } from '@ais/data';
import { isPreparedFolder } from '@ais/pipeline';
import { moduleOf, PipelineError } from '@ais/pipeline/settings';
import { sha256OfFile, sha256OfJson } from '@ais/runtime/files';
import { StudyError } from '../errors.js';
import { isBuiltInName } from '../settings/built-in-names.js';
import { contentName, contentNameAt, isContentName, type StageHints } from './content-names.js';
import { hashOfFolder } from './folder-hash.js';
import { hashOfModule, hashOfPackage } from './module-hash.js';

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
  /** Of a judge that is a module, with what it imports by paths, or a model's folder. */
  readonly judge: (setting: string, judge: string) => Promise<string | undefined>;
  /** Of an objective that is a module, with what it imports by paths. */
  readonly objective: (setting: string, objective: string) => Promise<string | undefined>;
  /** Of the code of an installed package, which may have the name of one of its exports beside its own. */
  readonly package: (setting: string, name: string) => Promise<string | undefined>;
}

/** Hashes that read each file once: weights can be gigabytes. */
export function contentHashes(): ContentHashes {
  const known = new Map<string, Promise<string>>();
  const ofFile = (path: string): Promise<string> => {
    const hash = known.get(path) ?? sha256OfFile(path);
    known.set(path, hash);
    return hash;
  };
  const ofPath = async (setting: string, path: string, wanted: RegExp): Promise<string | undefined> => {
    if (!existsSync(path)) return undefined;
    const hash = statSync(path).isDirectory() ? hashOfFolder(path, wanted, ofFile) : ofFile(path);
    return readable(setting, path, hash);
  };
  const ofModule = async (setting: string, path: string): Promise<string | undefined> =>
    existsSync(path) ? readable(setting, path, hashOfModule(path, ofFile)) : undefined;
  const ofSource = (setting: string, source: string): Promise<string | undefined> =>
    ofPath(setting, source, isPreparedFolder(source) ? /^manifest\.json$/ : savedFiles(source));
  return {
    source: async (setting, source) => {
      if (isBuiltInName(source)) return undefined;
      const shares = sharesOf(source);
      if (shares === undefined) return ofSource(setting, source);
      const mixture: (readonly [name: string, weight: number])[] = [];
      for (const { source: share, weight } of shares) {
        const hash = isBuiltInName(share) ? undefined : await ofSource(setting, share);
        mixture.push([hash === undefined ? share : contentName(share, hash), weight]);
      }
      return mixture.some(([name]) => isContentName(name)) ? sha256OfJson(mixture) : undefined;
    },
    template: async (setting, template) =>
      typeof template === 'string' && isTemplateFile(template)
        ? ofPath(setting, template, /(?!)/)
        : undefined,
    model: async (setting, folder) =>
      existsSync(folder) ? readable(setting, folder, hashOfFolder(folder, MODEL, ofFile)) : undefined,
    tokenizer: (setting, folder) => ofPath(setting, folder, TOKENIZER),
    judge: async (setting, judge) => {
      const named = moduleOf(judge);
      if (named) return named.kind === 'file' ? ofModule(setting, named.module) : undefined;
      return isBuiltInName(judge) ? undefined : ofPath(setting, judge, MODEL);
    },
    // Whatever else lies here under the name of an objective is not meant.
    objective: async (setting, objective) => {
      const named = moduleOf(objective);
      return named?.kind === 'file' ? ofModule(setting, named.module) : undefined;
    },
    package: (setting, name) =>
      readable(setting, name, hashOfPackage(moduleOf(name)?.module ?? name, ofFile)),
  };
}

/**
 * Checks that the files and folders that a stage's settings name by their content still have it: a stage may begin hours after its
 * study was planned, and on another machine.
 *
 * @param hints of the stage
 * @throws {StudyError} `changed-file` naming the first that has not
 */
export async function requireContents(hints: unknown): Promise<void> {
  const { files } = (hints ?? {}) as StageHints;
  for (const [name, place] of Object.entries(files ?? {})) {
    if (await hasContent(name, place)) continue;
    const fault =
      sharesOf(place) || existsSync(moduleOf(place)?.module ?? place)
        ? 'has changed since the study was planned. Start the study again: stages that read it are computed with its new content.'
        : 'does not exist on this machine. Put it there, with the same path on every machine, and start the study again.';
    throw new StudyError('changed-file', `${place} ${fault}`);
  }
}

/** Whether something at a place has the content that its name says, as whatever it is named. */
async function hasContent(name: string, place: string): Promise<boolean> {
  const hashes = contentHashes();
  // A judge's hash is also that of an objective, a template, and a whole model.
  for (const kind of ['tokenizer', 'judge', 'source'] as const) {
    const hash = await hashes[kind](place, place);
    if (hash !== undefined && contentNameAt(place, hash) === name) return true;
  }
  return false;
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

/** What is read of a file or folder, or an error that names the setting. */
export async function readable<Found>(setting: string, place: string, found: Promise<Found>): Promise<Found> {
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
