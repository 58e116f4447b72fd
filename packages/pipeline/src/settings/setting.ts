import { z } from 'zod';

/** How a setting is given on a command line, beside its key in a settings file. */
export interface SettingFlag {
  /** As commander writes it: `--learning-rate <number>`, or `--online` for a switch. */
  readonly flag: string;
  /** Whether the flag may be repeated, and its values are gathered in a list. */
  readonly repeatable?: boolean;
  /** Its line in the one-screen help; settings that few need have none, and are in the full help only. */
  readonly brief?: string;
  /** The heading that it has in a command's help. */
  readonly heading?: string;
}

/** A setting with a flag: where it goes, and what it means. */
export interface FlaggedSetting extends SettingFlag {
  /** Path in the settings: `training.learningRate`. */
  readonly key: string;
  readonly help: string;
  readonly schema: z.ZodType;
  /** The words that it takes; empty if it takes any text. */
  readonly choices: readonly string[];
}

/** One schema for each field of a group of settings. */
export type Fields<T> = { readonly [Key in keyof T]-?: z.ZodType<T[Key]> };

const flags: z.core.$ZodRegistry<{ readonly flag: SettingFlag }, z.ZodType> = z.registry();

/**
 * A setting in its one place: the schema has its type and its default, `help` describes it in the command's help, in the
 * JSON Schema, and in editors, and `flag` is how the command line gives it.
 *
 * @example
 * const rate = setting(z.number().positive(), 'How fast.', '--rate <number>');
 * console.log(rate.description); // How fast.
 */
export function setting<Schema extends z.ZodType>(
  schema: Schema,
  help: string,
  flag?: string | SettingFlag,
): Schema {
  const described = schema.describe(help) as Schema;
  if (flag !== undefined) flags.add(described, { flag: typeof flag === 'string' ? { flag } : flag });
  return described;
}

/** Puts the flags of settings under a heading of a command's help. */
export function headed<T>(heading: string, fields: Fields<T>): Fields<T> {
  for (const field of Object.values(fields as object) as z.ZodType[]) {
    const found = flags.get(field);
    if (found) flags.add(field, { flag: { heading, ...found.flag } });
  }
  return fields;
}

/**
 * The settings of a schema that have a flag, at every depth.
 *
 * @example
 * const schema = z.object({ rate: setting(z.number(), 'How fast.', '--rate <number>') });
 * console.log(flaggedSettings(schema).map(({ key, flag }) => `${key} ${flag}`)); // [ 'rate --rate <number>' ]
 */
export function flaggedSettings(schema: z.ZodType, path: readonly string[] = []): FlaggedSetting[] {
  const found = flags.get(schema);
  const own: FlaggedSetting[] = found
    ? [
        {
          ...found.flag,
          key: path.join('.'),
          help: schema.description ?? '',
          schema,
          choices: choicesOf(schema),
        },
      ]
    : [];
  const inner = withoutWrappers(schema);
  if (!(inner instanceof z.ZodObject)) return own;
  return [
    ...own,
    ...Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([key, field]) =>
      flaggedSettings(field, [...path, key]),
    ),
  ];
}

/**
 * The same objects, at every depth, in which each key is optional and nothing has a default: a layer of settings.
 *
 * @example
 * console.log(layerSchema(z.object({ beta: z.number() })).safeParse({}).success); // true
 */
export function layerSchema(schema: z.ZodType): z.ZodType {
  const inner = withoutWrappers(schema);
  const open =
    inner instanceof z.ZodObject
      ? z.strictObject(
          Object.fromEntries(
            Object.entries(inner.shape as Record<string, z.ZodType>).map(([key, field]) => [
              key,
              layerSchema(field).optional(),
            ]),
          ),
        )
      : inner;
  return schema.description === undefined ? open : open.describe(schema.description);
}

/**
 * The keys that the object at a path of a schema may have; none if there is no object.
 *
 * @example
 * console.log(keysAt(z.object({ training: z.object({ steps: z.number() }) }), ['training'])); // [ 'steps' ]
 */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let found: z.ZodType | undefined = schema;
  for (const part of path) {
    const inner: z.ZodType | undefined = found && withoutWrappers(found);
    found =
      inner instanceof z.ZodObject ? (inner.shape as Record<string, z.ZodType>)[String(part)] : undefined;
  }
  const inner = found && withoutWrappers(found);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

/** The words of an enumeration, also where it is one of several that a setting may be. */
function choicesOf(schema: z.ZodType): readonly string[] {
  const inner = withoutWrappers(schema);
  if (inner instanceof z.ZodEnum) return inner.options.map(String);
  if (inner instanceof z.ZodLiteral) return [...inner.values].map(String);
  return inner instanceof z.ZodUnion ? inner.options.flatMap((each) => choicesOf(each as z.ZodType)) : [];
}

function withoutWrappers(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return withoutWrappers(schema.unwrap() as z.ZodType);
  }
  return schema;
}

/** A number of things, at least one. */
export const count: z.ZodNumber = z.number().int().positive();
/** A number of things, or none. */
export const whole: z.ZodNumber = z.number().int().nonnegative();
/** A part, from 0 to 1. */
export const fraction: z.ZodNumber = z.number().min(0).max(1);
/** A name, a path, or an address: it is written into configurations and reports, so an address has no secrets in it. */
export const name: z.ZodString = z
  .string()
  .min(1)
  .refine((value) => !hasSecrets(value), {
    error:
      'an address takes no password and no query, since it is written into configurations and reports. ' +
      'Set AIS_JUDGE_TOKEN to the key, which is sent in a header',
  });

/** Whether a name is an address with user info or a query. */
function hasSecrets(value: string): boolean {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(value)) return false;
  if (!URL.canParse(value)) return /[@?]/.test(value);
  const { username, password, search } = new URL(value);
  return username !== '' || password !== '' || search !== '';
}
