/** What a command does about an error: exit with status 2, 1, or as one that was interrupted. */
export type ErrorExit = 'usage' | 'failure' | 'interrupted';

const MARK = Symbol.for('@ais/error');

/**
 * What the error classes of all packages share: a package, a `code`, and what a command line does about it.
 *
 * A class that extends this names its package once; one that extends that class names its codes. `instanceof` reads the
 * mark `error[Symbol.for('@ais/error')]`, which holds the package's name, and therefore works across duplicate installs.
 *
 * @example
 * class KitchenError extends AisError<'no-salt' | 'on-fire'> {
 *   static override readonly package: string = '@ais/kitchen';
 *   static override readonly exits: Readonly<Record<string, ErrorExit>> = { 'no-salt': 'usage' };
 *   override readonly name: string = 'KitchenError';
 * }
 * class FireError extends KitchenError {
 *   static override readonly codes: readonly string[] = ['on-fire'];
 *   override readonly name: string = 'FireError';
 * }
 * const error = new KitchenError('on-fire', 'The pan is on fire. Cover it.');
 * error.message; // '@ais/kitchen: The pan is on fire. Cover it.'
 * error.exit; // 'failure'
 * error instanceof FireError; // true
 */
export abstract class AisError<Code extends string = string> extends Error {
  /** The package, which the message starts with. */
  static readonly package: string | undefined = undefined;
  /** The codes of a class that narrows its package's class. */
  static readonly codes: readonly string[] | undefined = undefined;
  /** What a command line does, by code; `failure` by default. */
  static readonly exits: Readonly<Record<string, ErrorExit>> = {};

  abstract override readonly name: string;
  readonly code: Code;
  readonly exit: ErrorExit;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(`${new.target.package}: ${message}`, options);
    this.code = code;
    this.exit = new.target.exits[code] ?? 'failure';
    Object.defineProperty(this, MARK, { value: new.target.package });
  }

  /** The message without the package: what another message quotes. */
  get detail(): string {
    return this.message.slice(`${(this.constructor as typeof AisError).package}: `.length);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== 'object' || value === null || !(MARK in value)) return false;
    // biome-ignore lint/complexity/noThisInStatic: the class asked about, which may be one that extends this.
    const { package: owner, codes } = this;
    const isOfPackage = owner === undefined || value[MARK] === owner;
    return isOfPackage && (codes === undefined || codes.includes((value as unknown as AisError).code));
  }
}
