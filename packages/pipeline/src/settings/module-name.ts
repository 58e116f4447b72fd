/** A name as that of a module: a file, or an installed package, and one of its exports. */
export interface NamedModule {
  readonly kind: 'file' | 'package';
  /** The name without that of the export. */
  readonly module: string;
  /** `default` where the name says none. */
  readonly exported: string;
}

const FILE = /\.[cm]?[jt]sx?$/;
const EXPORT = /^[A-Za-z_$][\w$]*$/;
const PACKAGE = /^(@[a-z\d~-][\w.~-]*\/)?[a-z\d~-][\w.~-]*(\/(?!\.{1,2}(\/|$))[\w.~-]+)*$/i;

/**
 * The module that a name stands for where it may also be the name of something else: a file by its end, or `package#export`. A path
 * without such an end may be a model's folder, and a package without an export may be a repository on the Hub.
 *
 * No other name of a judge runs code, so this decides too what a stranger's settings need permission for.
 *
 * @returns undefined for a name of something else
 * @example
 * console.log(moduleOf('./judge.mjs#strict')); // { kind: 'file', module: './judge.mjs', exported: 'strict' }
 * console.log(moduleOf('@org/judges#mine')?.kind, moduleOf('runs/reward')); // package undefined
 */
export function moduleOf(name: string): NamedModule | undefined {
  const { module, exported } = partsOf(name);
  // The end of a whole path that has # in it too: it is refused with the reason where it is loaded.
  if (FILE.test(module) || FILE.test(name)) return { kind: 'file', module, exported };
  const isExportOfPackage = module !== name && isPackage(module) && isExport(exported);
  return isExportOfPackage ? { kind: 'package', module, exported } : undefined;
}

/** A name in two: what comes before the first `#`, and the export. */
export function partsOf(name: string): Omit<NamedModule, 'kind'> {
  const end = name.indexOf('#');
  if (end < 0) return { module: name, exported: 'default' };
  return { module: name.slice(0, end), exported: name.slice(end + 1) };
}

/** Whether a name is meant as a path: it starts like one, or ends like a module. */
export function isPath(name: string): boolean {
  return /^(\.{1,2}[\\/]|[\\/]|[A-Za-z]:[\\/])/.test(name) || FILE.test(name);
}

/** Whether a module may have an export of this name. */
export function isExport(name: string): boolean {
  return EXPORT.test(name);
}

/** Whether a package of npm may have this name, or a path within one: no address, no white space, no `..`. */
export function isPackage(name: string): boolean {
  return PACKAGE.test(name);
}
