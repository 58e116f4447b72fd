import { CreateError } from './errors.js';

/** The ways in which a package's name is written in its files. */
export interface Names {
  /** The package, as npm knows it: `@me/cal-dpo`. */
  readonly package: string;
  /** Its last part, which names the folder and the file: `cal-dpo`. */
  readonly kebab: string;
  /** `calDpo`, for a value. */
  readonly camel: string;
  /** `CalDpo`, for a type. */
  readonly pascal: string;
  /** `cal_dpo`, as models name their families. */
  readonly snake: string;
}

/** Words that no value of a module can be called; those with a capital letter are no names of packages. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['arguments', 'await', 'break', 'case', 'catch', 'class', 'const', 'continue', 'debugger', 'default'],
  ...['delete', 'do', 'else', 'enum', 'eval', 'export', 'extends', 'false', 'finally', 'for', 'function'],
  ...['if', 'implements', 'import', 'in', 'instanceof', 'interface', 'let', 'new', 'null', 'package'],
  ...['private', 'protected', 'public', 'return', 'static', 'super', 'switch', 'this', 'throw', 'true'],
  ...['try', 'typeof', 'undefined', 'var', 'void', 'while', 'with', 'yield'],
]);

/**
 * The names that follow from a package's name.
 *
 * @throws {CreateError} `invalid-name` for what npm or JavaScript would refuse
 * @example
 * console.log(namesOf('@me/cal-dpo').camel); // calDpo
 */
export function namesOf(name: string): Names {
  const [, kebab = ''] = /^(?:@[a-z\d~-][a-z\d._~-]*\/)?([a-z][a-z\d]*(?:-[a-z\d]+)*)$/.exec(name) ?? [];
  if (kebab === '' || name.length > 214) {
    throw new CreateError(
      'invalid-name',
      `"${name}" is not a name for a package here. Use lower-case letters, digits, and single dashes, such as my-objective or @me/my-objective.`,
    );
  }
  if (RESERVED.has(kebab)) {
    throw new CreateError(
      'invalid-name',
      `"${name}" cannot be a name here: JavaScript keeps ${kebab} for itself. Use another, such as my-${kebab}.`,
    );
  }
  const words = kebab.split('-');
  const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return {
    package: name,
    kebab,
    camel: pascal.charAt(0).toLowerCase() + pascal.slice(1),
    pascal,
    snake: words.join('_'),
  };
}
