import { LanguageModelError, shown } from '../errors.js';
import type { ConfigurationOptions, ModelConfiguration } from './architecture.js';

/** Which fields of a family's own hold what; those of `ModelConfiguration` are known. */
export interface FieldKinds<C> {
  /** Integers ≥ 1. */
  readonly counts?: readonly (keyof C & string)[];
  /** Finite numbers above 0. */
  readonly positive?: readonly (keyof C & string)[];
  /** true or false. */
  readonly flags?: readonly (keyof C & string)[];
}

const REQUIRED = ['vocabularySize', 'hiddenSize', 'layerCount', 'headCount'] as const;

type CommonField =
  | 'tieWordEmbeddings'
  | 'initializerRange'
  | 'startOfTextToken'
  | 'endOfTextTokens'
  | 'paddingToken'
  | 'otherKeys';

/** What most families have by default. */
const COMMON: Pick<ModelConfiguration, CommonField> = {
  tieWordEmbeddings: false,
  initializerRange: 0.02,
  startOfTextToken: 0,
  endOfTextTokens: [0],
  paddingToken: null,
  otherKeys: {},
};

/** The fields that may be left out, each with its default; those that most families agree about may be missing. */
export type ConfigurationDefaults<C extends ModelConfiguration> = Omit<
  C,
  (typeof REQUIRED)[number] | CommonField
> &
  Partial<Pick<C, CommonField>>;

/**
 * Completes a family's configuration with its defaults, and checks the fields one by one.
 *
 * @param defaults of the fields that may be left out
 * @param kinds which fields of the family's own are counts, positive numbers, or flags, and are checked as such
 * @throws {LanguageModelError} `invalid-configuration` naming the field
 * @example
 * const sizes = { vocabularySize: 64, hiddenSize: 16, layerCount: 1, headCount: 2 };
 * const defaults = { intermediateSize: 64, maxPositions: 128, normEpsilon: 1e-6 };
 * const { maxPositions, initializerRange } = completeConfiguration(sizes, defaults, { positive: ['normEpsilon'] });
 * console.log(maxPositions, initializerRange); // 128 0.02
 */
export function completeConfiguration<C extends ModelConfiguration>(
  options: ConfigurationOptions<C>,
  defaults: ConfigurationDefaults<C>,
  { counts = [], positive = [], flags = [] }: FieldKinds<C> = {},
): C {
  const fields: readonly string[] = [...REQUIRED, ...Object.keys({ ...COMMON, ...defaults })];
  const unknown = Object.keys(options).find((field) => !fields.includes(field));
  if (unknown !== undefined) {
    throw new LanguageModelError(
      'invalid-configuration',
      `configuration.${unknown} is unknown; the fields are ${fields.join(', ')}.`,
    );
  }
  const configuration = { ...COMMON, ...defaults, ...options } as unknown as C;
  for (const field of [...REQUIRED, 'intermediateSize', 'maxPositions', ...counts] as const) {
    const value: unknown = configuration[field];
    if (!Number.isSafeInteger(value) || (value as number) < 1) {
      throw invalidField(field, value, 'an integer ≥ 1');
    }
  }
  const { initializerRange } = configuration;
  if (!(initializerRange >= 0 && Number.isFinite(initializerRange))) {
    throw invalidField('initializerRange', initializerRange, 'a number ≥ 0');
  }
  for (const field of positive) {
    const value: unknown = configuration[field];
    if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value)) {
      throw invalidField(field, value, 'a number above 0');
    }
  }
  for (const field of ['tieWordEmbeddings', ...flags] as const) {
    if (typeof configuration[field] !== 'boolean') {
      throw invalidField(field, configuration[field], 'true or false');
    }
  }
  const { endOfTextTokens, vocabularySize } = configuration;
  const isToken = (token: unknown): boolean =>
    Number.isSafeInteger(token) && (token as number) >= 0 && (token as number) < vocabularySize;
  const range = `below the vocabulary size ${vocabularySize}`;
  for (const field of ['startOfTextToken', 'paddingToken'] as const) {
    const token = configuration[field];
    if (token !== null && !isToken(token)) throw invalidField(field, token, `a token ${range}, or null`);
  }
  if (!Array.isArray(endOfTextTokens) || !endOfTextTokens.every(isToken)) {
    throw invalidField('endOfTextTokens', endOfTextTokens, `a list of tokens ${range}`);
  }
  return configuration;
}

/**
 * Checks that a number divides another.
 *
 * @example
 * requireDivisor('headCount', 4, 64, 'hidden size'); // throws if 4 does not divide 64
 */
export function requireDivisor(field: string, value: number, of: number, what: string): void {
  if (of % value !== 0) throw invalidField(field, value, `a divisor of the ${what} ${of}`);
}

/**
 * For a field of a configuration that holds the wrong thing.
 *
 * @example
 * console.log(invalidField('headCount', 0, 'an integer ≥ 1').message.includes('configuration.headCount must be')); // true
 */
export function invalidField(field: string, value: unknown, expected: string): LanguageModelError {
  return new LanguageModelError(
    'invalid-configuration',
    `configuration.${field} must be ${expected}, got ${shown(value)}.`,
  );
}
