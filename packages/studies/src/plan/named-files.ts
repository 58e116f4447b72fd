import type { ApiSettings } from '@ais/pipeline/settings';
import { contentNameAt, filesNamed, type StageHints } from '../stages/content-names.js';

/** The files and folders that a study's settings name: what they are called in the settings of stages, and where they are. */
export class NamedFiles {
  /** Places by content name. */
  readonly #files: Record<string, string> = {};
  /** Of each setting that names something with a content of its own, a hash of that. */
  readonly hashes: Record<string, string> = {};

  /**
   * What stages call a file or folder.
   *
   * @param hash SHA-256 of what is in it; without one the name stays as it is
   */
  name(setting: string, path: string, hash: string | undefined): string {
    if (hash === undefined) return path;
    const name = contentNameAt(path, hash);
    this.#files[name] = path;
    this.hashes[setting] = name;
    return name;
  }

  /**
   * The hash of an installed package for a key, which has the package's name beside it.
   *
   * @param name of the property
   */
  hashed<Name extends string>(
    setting: string,
    name: Name,
    hash: string | undefined,
  ): Partial<Record<Name, string>> {
    if (hash === undefined) return {};
    this.hashes[setting] = hash;
    return { [name]: hash } as Partial<Record<Name, string>>;
  }

  /** What a stage with these settings is told besides. */
  hints(settings: unknown, { api, judge }: JudgeHints = {}): StageHints | undefined {
    const files = filesNamed([settings, judge], this.#files);
    const hints = { ...api, ...(judge !== undefined && { judge }), ...(files && { files }) };
    return Object.keys(hints).length > 0 ? hints : undefined;
  }
}

/** What the stages that ask a judge are told of it. */
export interface JudgeHints {
  /** Budget, cache, and patience with one that answers requests. */
  readonly api?: Partial<ApiSettings> | undefined;
  /** One that is not trained, as settings of stages name it. */
  readonly judge?: string | undefined;
}
