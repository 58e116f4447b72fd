import { resolve } from 'node:path';
import { readText } from '@ais/runtime/files';
import { closestMatch } from 'leven';
import { LineCounter, parse, parseDocument } from 'yaml';
import type { z } from 'zod';
import { PipelineError } from '../errors.js';
import { WITHOUT_WARNINGS } from './parse-yaml.js';
import { keysAt } from './setting.js';

/** Some of the settings, nested as in a settings file; layers are laid over each other. */
export type Layer = Readonly<Record<string, unknown>>;

/**
 * Reads a YAML or JSON file of settings and checks it.
 *
 * @param schema what may be in it; every key optional
 * @throws {PipelineError} naming file, line, and key, and the nearest key for one that is unknown
 * @example
 * await writeFile('ais.yaml', 'beta: 0.1\n');
 * console.log(await readSettingsFile('ais.yaml', settingsFileSchema())); // { beta: 0.1 }
 */
export async function readSettingsFile(file: string, schema: z.ZodType): Promise<Layer> {
  let text: string;
  try {
    text = await readText(file);
  } catch (cause) {
    throw new PipelineError(
      'unreadable-file',
      `${file} cannot be read (${(cause as Error).message}). Check the path.`,
    );
  }
  const lines = new LineCounter();
  const document = ofUntrusted(file, () =>
    parseDocument(text.replace(/^\uFEFF/, ''), {
      ...WITHOUT_WARNINGS,
      lineCounter: lines,
      prettyErrors: false,
    }),
  );
  const lineAt = (offset: number | undefined): number | undefined =>
    offset === undefined ? undefined : lines.linePos(offset).line;
  const [broken] = document.errors;
  if (broken) {
    throw new PipelineError(
      'unreadable-file',
      `${file}, line ${lineAt(broken.pos[0])}: neither YAML nor JSON: ${broken.message}`,
    );
  }
  return checkLayer(ofUntrusted(file, () => document.toJS()) ?? {}, schema, file, (path) => {
    const [parent, key] = [path.slice(0, -1), path.at(-1)];
    const map: unknown = parent.length === 0 ? document.contents : document.getIn(parent, true);
    const items = (
      map as { items?: readonly { key?: { value?: unknown; range?: readonly number[] } }[] } | null
    )?.items;
    return lineAt(items?.find((item) => item.key?.value === key)?.key?.range?.[0]);
  });
}

/** Reads untrusted YAML, which may be too deep, or have aliases that stand for millions of values: the parser gives up with its own errors. */
function ofUntrusted<Value>(file: string, read: () => Value): Value {
  try {
    return read();
  } catch (cause) {
    throw new PipelineError('unreadable-file', `${file} cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
}

/**
 * Checks a layer of settings.
 *
 * @param name of the layer, for messages: a file, or "the command line"
 * @param lineOf the line of a key in a file
 * @throws {PipelineError} for the first key that is wrong
 * @example
 * console.log(checkLayer({ beta: 0.1 }, layerSchema(z.object({ beta: z.number() })), 'my settings')); // { beta: 0.1 }
 */
export function checkLayer(
  layer: unknown,
  schema: z.ZodType,
  name: string,
  lineOf: (path: readonly PropertyKey[]) => number | undefined = () => undefined,
): Layer {
  const result = schema.safeParse(layer);
  if (result.success) {
    const found = result.data as Layer;
    requireOneWay([found], name, lineOf);
    return found;
  }
  const issue = result.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])];
  const line = lineOf(path);
  const key = path.join('.');
  const place = line === undefined ? name : `${name}, line ${line}`;
  if (unknown === undefined) {
    throw new PipelineError('invalid-setting', `${place}: ${key || 'the file'}: ${issueText(issue)}.`, {
      key,
    });
  }
  const known = keysAt(schema, path.slice(0, -1)).filter((each) => each !== '$schema');
  const nearest = closestMatch(unknown, known);
  const remedy =
    nearest === undefined
      ? `Use one of: ${known.join(', ')}.`
      : `Did you mean "${[...path.slice(0, -1), nearest].join('.')}"?`;
  throw new PipelineError('unknown-setting', `${place}: there is no setting "${key}". ${remedy}`, { key });
}

/** The fault of a value; of a union, the fault of the value as the form that it is nearest to. */
export function issueText(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code !== 'invalid_union') return issue?.message ?? 'invalid';
  const forms = issue.errors.map((form) => form[0]?.message ?? '');
  return [...new Set(forms)].join('; or ');
}

/**
 * `training.batchSize=8` as a nested layer; the value is YAML.
 *
 * @throws {PipelineError} for text that has no key, or a value that cannot be read
 * @example
 * console.log(assignment('training.batchSize=8')); // { training: { batchSize: 8 } }
 */
export function assignment(text: string): Layer {
  const [key = '', ...rest] = text.split('=');
  if (rest.length === 0 || key === '') {
    throw new PipelineError(
      'invalid-setting',
      `--set: expected key=value, such as training.batchSize=8, got "${text}".`,
      { key },
    );
  }
  try {
    return nested(key, parse(rest.join('='), { ...WITHOUT_WARNINGS, prettyErrors: false }));
  } catch (cause) {
    const why = `the value is neither YAML nor JSON: ${(cause as Error).message}`;
    throw new PipelineError('invalid-setting', `--set ${text}: ${why}.`, { cause, key });
  }
}

/**
 * A value under a path: `a.b`, 1 → `{ a: { b: 1 } }`.
 *
 * @example
 * console.log(nested('training.batchSize', 8)); // { training: { batchSize: 8 } }
 */
export function nested(key: string, value: unknown): Layer {
  return key.split('.').reduceRight<unknown>((inner, part) => ({ [part]: inner }), value) as Layer;
}

/** Settings that say the same in two ways. */
const EITHER = [
  ['steps', 'epochs'],
  ['warmupSteps', 'warmupFraction'],
] as const;

/**
 * Refuses layers of the same rank, such as flags, that say a number in both of two ways: none of them replaces the other.
 *
 * @param name of the layers, for messages
 * @param lineOf the line of a key in a file
 * @throws {PipelineError} `invalid-setting` naming both settings, and their flags
 */
export function requireOneWay(
  layers: readonly Layer[],
  name: string,
  lineOf: (path: readonly PropertyKey[]) => number | undefined = () => undefined,
  path: readonly string[] = [],
): void {
  for (const ways of EITHER) {
    // Columns may have these names too, as text.
    if (!ways.every((key) => layers.some((layer) => typeof layer[key] === 'number'))) continue;
    const key = [...path, ways[1]].join('.');
    const line = lineOf([...path, ways[1]]);
    const place = line === undefined ? name : `${name}, line ${line}`;
    const [one, other] = ways.map(
      (way) =>
        `${[...path, way].join('.')} (--${way.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)})`,
    );
    throw new PipelineError(
      'invalid-setting',
      `${place}: ${one} and ${other} say the same in two ways. Give one of them.`,
      { key },
    );
  }
  for (const key of new Set(layers.flatMap((layer) => Object.keys(layer)))) {
    const inner = layers.map((layer) => layer[key]).filter(isLayer);
    if (inner.length > 0) requireOneWay(inner, name, lineOf, [...path, key]);
  }
}

/**
 * One layer over another, key by key; of two ways to say a length, and of a model with a name and one in a shape, the upper
 * layer's replaces the lower one's.
 *
 * @example
 * console.log(mergeLayer({ training: { steps: 5, batchSize: 8 } }, { training: { epochs: 1 } })); // { training: { batchSize: 8, epochs: 1 } }
 */
export function mergeLayer(below: Layer, above: Layer): Layer {
  const merged: Record<string, unknown> = { ...below };
  for (const [one, other] of EITHER) {
    if (above[one] !== undefined) delete merged[other];
    if (above[other] !== undefined) delete merged[one];
  }
  for (const [key, value] of Object.entries(above)) {
    // JSON may have a key "__proto__": what is assigned to it would be inherited, and so be seen by some readers only.
    if (value === undefined || key === '$schema' || key === '__proto__') continue;
    const own = merged[key];
    const joins = isLayer(value) && isLayer(own) && NAMED in value === NAMED in own;
    merged[key] = joins ? mergeLayer(own, value) : value;
  }
  return merged;
}

/** In a layer that is a model with a name, and not one in a shape. */
const NAMED = 'pretrained';

/**
 * Whether a value is a table of settings, and not a list or a single value.
 *
 * @example
 * console.log(isLayer({ beta: 0.1 }), isLayer([0.1])); // true false
 */
export function isLayer(value: unknown): value is Layer {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether two settings name one text; a file may be named by another path. */
export function isSameText(one: unknown, other: unknown): boolean {
  if (typeof one !== 'string' || typeof other !== 'string') return one === other;
  return resolve(one) === resolve(other);
}
