import { statSync } from 'node:fs';
import type { ApiSettings } from '@ais/pipeline/settings';
import { moduleOf } from '@ais/pipeline/settings';
import { StudyError } from '../errors.js';

/** What the stages of studies are told besides their settings: nothing of it is part of a key. */
export interface StageHints extends Partial<ApiSettings> {
  /** Where files and folders are that settings name by their content. */
  readonly files?: Readonly<Record<string, string>>;
  /** The judge of the plan, where it is not a gold model, as settings name it. */
  readonly judge?: string;
}

const CONTENT_NAME = /^sha256:[0-9a-f]{64}(\.\w|#|$)/;

/**
 * The name of a file or folder by its content, such as `sha256:ab….csv`, for settings of stages: equal contents make equal stages,
 * wherever they are.
 * The ending is part of it, since it decides how a file is read, and so is the export of a module.
 *
 * @param hash SHA-256 of what is in it
 */
export function contentName(path: string, hash: string): string {
  const { module = path, exported = 'default' } = moduleOf(path) ?? {};
  const [ending = ''] = /(\.[A-Za-z]\w*)(\.(gz|zst))?$/.exec(module) ?? [];
  return `sha256:${hash}${ending}${exported === 'default' ? '' : `#${exported}`}`;
}

/** The name by its content of what is at a place: a folder has no ending. */
export function contentNameAt(path: string, hash: string): string {
  return contentName(isFolder(path) ? '' : path, hash);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Whether a setting names a file or a folder by its content. */
export function isContentName(name: string): boolean {
  return CONTENT_NAME.test(name);
}

/** All texts in a value, at every depth. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Those of some files that settings, or the judge beside them, name by their content. */
export function filesNamed(value: unknown, files: Readonly<Record<string, string>>): StageHints['files'] {
  const named = [...new Set(textsIn(value))].flatMap((name) => {
    const place = Object.hasOwn(files, name) ? files[name] : undefined;
    return place === undefined ? [] : [[name, place] as const];
  });
  return named.length > 0 ? Object.fromEntries(named) : undefined;
}

/**
 * Settings with the places of the files and folders that they name by their content.
 *
 * @param hints of the stage
 * @throws {StudyError} `invalid-settings` where the plan says no place
 */
export function withFiles<Value>(value: Value, hints: unknown): Value {
  const { files = {} } = (hints ?? {}) as StageHints;
  const placed = (each: unknown): unknown => {
    if (typeof each === 'string') {
      if (!isContentName(each)) return each;
      const place = Object.hasOwn(files ?? {}, each) ? files[each] : undefined;
      if (typeof place === 'string') return place;
      throw new StudyError(
        'invalid-settings',
        `the plan names a file by its content (${each}) and does not say where it is. Use the same version of @ais/studies for the plan and its workers.`,
      );
    }
    if (Array.isArray(each)) return each.map(placed);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, placed(inner)]));
  };
  return placed(value) as Value;
}
