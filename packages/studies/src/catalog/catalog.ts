import { furtherStudies } from '../beyond/index.js';
import { demo } from '../demo/index.js';
import { demoModel } from '../demo-model/index.js';
import { exact } from '../exact/index.js';
import { paperStudies } from '../paper/index.js';
import type { Study } from '../study/study.js';

/** The studies that have names: built-in ones, and those that were read from files. */
export interface StudyCatalog {
  /** In the order of reports. */
  readonly studies: readonly Study[];
  find(name: string): Study | undefined;
}

/** The built-in studies: the paper's figures, and what goes beyond them. */
export const builtInStudies: readonly Study[] = [...paperStudies, ...furtherStudies, exact, demo, demoModel];

/**
 * The built-in studies and others; of two with one name the other one.
 *
 * @example
 * console.log(studyCatalog().find('fig2')?.name); // fig2
 */
export function studyCatalog(others: readonly Study[] = []): StudyCatalog {
  const names = new Set(others.map(({ name }) => name));
  const studies = [...builtInStudies.filter(({ name }) => !names.has(name)), ...others];
  return { studies, find: (name) => studies.find((study) => study.name === name) };
}
