import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadPlugin } from '@ais/pipeline';
import { parseYaml, pathBeside } from '@ais/pipeline/settings';
import { readText } from '@ais/runtime/files';
import { StudyError } from '../errors.js';
import { runConflict } from '../settings/run-conflict.js';
import type { PolicyStudy } from '../study/study.js';
import { describedStudy, STUDY_NAME } from './described-study.js';
import { settingsBeside } from './settings-beside.js';

/** Whether a name is the path of a user's own study. */
export function isStudyFile(name: string): boolean {
  return /\.(ya?ml|json|[cm]?[jt]s)$/.test(name);
}

/**
 * Reads a user's own study: a YAML or JSON file that describes it, or a module whose default export is a study or such a
 * description. Paths in it (`./…`, `../…`), of objectives, sources, or judges, start at the file.
 *
 * @throws {StudyError} `invalid-study` naming the file and what is wrong in it
 * @example
 * await writeFile('mine.yaml', 'name: mine\ntitle: Mine\nruns: [{ title: DPO, beta: 0.1 }]\n');
 * const { name, runs } = await loadStudy('mine.yaml');
 * console.log(name, runs.length); // mine 1
 */
export async function loadStudy(path: string): Promise<PolicyStudy> {
  const file = resolve(path);
  // Node runs a file without an ending, too, and nothing would have asked whether it may.
  if (!isStudyFile(file)) {
    throw new StudyError(
      'invalid-study',
      `${path} is not the file of a study: expected its name to end in .yaml, .json, or .js.`,
    );
  }
  if (!existsSync(file)) throw new StudyError('invalid-study', `${path} does not exist. Check the path.`);
  const value = /\.(ya?ml|json)$/.test(path) ? await readDescription(path) : await loadPlugin(path, 'study');
  const study = isStudy(value) ? checkedStudy(value, path) : describedStudy(value, path);
  return {
    ...study,
    runs: study.runs.map(({ method, ...run }) => ({
      ...run,
      method: { ...method, objective: pathBeside(method.objective, file) },
    })),
    ...(study.settings && { settings: settingsBeside(study.settings, file) }),
    file,
  };
}

async function readDescription(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return parseYaml(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new StudyError('invalid-study', `${path} is neither YAML nor JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** A module's study, if its name can be a folder's and its runs can be told apart. */
function checkedStudy(study: PolicyStudy, path: string): PolicyStudy {
  const { name, runs } = study;
  if (!STUDY_NAME.test(name)) {
    throw new StudyError(
      'invalid-study',
      `${path}: name: expected letters, digits, hyphens, and underscores only, got "${name}".`,
    );
  }
  const conflict = runConflict(runs);
  if (conflict !== undefined) throw new StudyError('invalid-study', `${path}: ${conflict}`);
  return study;
}

/** Whether a module's export draws and measures by functions of its own. */
function isStudy(value: unknown): value is PolicyStudy {
  if (typeof value !== 'object' || value === null) return false;
  const { name, title, runs, charts, claims } = value as Partial<Record<keyof PolicyStudy, unknown>>;
  return (
    typeof name === 'string' &&
    typeof title === 'string' &&
    Array.isArray(runs) &&
    typeof charts === 'function' &&
    Array.isArray(claims)
  );
}
