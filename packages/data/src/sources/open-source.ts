import { nodeBuiltin } from '@ais/runtime/files';
import { DataError, UnknownSourceError } from '../errors.js';
import { type OpenRowsOptions, openRows } from '../formats/open-rows.js';
import type { OpenedSource, RecordKind, Source } from '../records/record.js';
import type { ColumnNames } from '../records/schema.js';
import { type AnyTemplate, isChatTemplate } from '../templates/any-template.js';
import type { Template } from '../templates/template.js';
import { comparisonSource } from './comparison-source.js';
import type { ConversationOptions } from './conversation-shapes.js';
import { debianSource } from './debian-source.js';
import { describeSource } from './describe-source.js';
import { factsSource } from './facts-source.js';
import { mixSources } from './mix-sources.js';
import { syntheticSource } from './synthetic-source.js';
import { textSource } from './text-source.js';

/** Options of `openSource`. */
export interface OpenSourceOptions extends OpenRowsOptions, ConversationOptions {
  /** `text` by default. */
  readonly kind?: RecordKind;
  /** Columns by hand, as of `textSource` and `comparisonSource`. */
  readonly columns?: ColumnNames;
  /** What renders the records; recognized by their columns by default. */
  readonly template?: AnyTemplate;
  /** Whether rows may be prompts alone, as of `textSource`. */
  readonly promptsAlone?: boolean;
  /** Of the synthetic posts, of facts, and of mixtures; 17 by default. */
  readonly seed?: number;
  /** How many synthetic posts, or places with facts; 1,000 by default. */
  readonly count?: number;
}

/** A source of a mixture: its name, its weight, and what it needs to know for itself. */
export interface SourceShare extends Omit<OpenSourceOptions, 'kind' | 'seed'> {
  readonly source: string;
  readonly weight: number;
}

type OpenedSourceOf<Kind extends RecordKind> = Extract<OpenedSource, { readonly kind: Kind }>;

/**
 * The source that a name on a command line or in a configuration means.
 *
 * @param name `synthetic`, `debian`, `describe`, `facts` (for chat models), or whatever `openRows` takes: a file, a folder, or
 *   `owner/name` of a data set on the Hub. Several with weights are mixed by `mixSources`: `a.jsonl*0.7,b.csv*0.3`, or a list, in
 *   which each may have options of its own
 * @param options what the source needs to know
 * @returns the source and the kind of its records, as `prepareDataset` takes them
 * @throws {UnknownSourceError} where the name is none of these, or has no comparisons; `DataError` `invalid-option` for a
 *   weight that is not positive
 * @example
 * const { source } = openSource('synthetic', { count: 100 });
 * const records = await collectRecords(source, { limit: 10 });
 */
export function openSource(
  name: string | readonly SourceShare[],
  options?: OpenSourceOptions & { readonly kind?: 'text' },
): OpenedSourceOf<'text'>;
export function openSource(
  name: string | readonly SourceShare[],
  options: OpenSourceOptions & { readonly kind: 'comparisons' },
): OpenedSourceOf<'comparisons'>;
export function openSource(name: string | readonly SourceShare[], options?: OpenSourceOptions): OpenedSource;
export function openSource(
  name: string | readonly SourceShare[],
  options: OpenSourceOptions = {},
): OpenedSource {
  const shares = typeof name === 'string' ? sharesOf(name) : name;
  if (typeof name === 'string' && shares === undefined) return openOne(name, options);
  const { seed, kind = 'text' } = options;
  const opened = (shares ?? []).map(({ source, weight, ...own }) => ({
    ...openOne(source, { ...options, ...own }),
    weight,
  }));
  const seeding = seed === undefined ? {} : { seed };
  // All are of the one kind that was asked for.
  return { kind, source: mixSources(opened as never, seeding) } as OpenedSource;
}

/**
 * The sources of a mixture and their weights, as a name lists them.
 *
 * @param name such as `a.jsonl*0.7,b.csv*0.3`
 * @returns undefined for a name without weights, and for what is on disk as it is written
 * @throws {DataError} `invalid-option` where one of several has no weight, or none that is positive
 * @example
 * console.log(sharesOf('a.jsonl*0.7,b.csv*0.3')?.map(({ source, weight }) => [source, weight])); // [ [ 'a.jsonl', 0.7 ], [ 'b.csv', 0.3 ] ]
 * console.log(sharesOf('a.jsonl')); // undefined
 */
export function sharesOf(name: string): SourceShare[] | undefined {
  const { existsSync } = nodeBuiltin('node:fs', 'openSource');
  if (!/\*[\d.]+(,|$)/.test(name) || existsSync(name)) return undefined;
  return name.split(',').map((part) => {
    const [, source, weight] = /^\s*(.+)\*([\d.]+)\s*$/.exec(part) ?? [];
    if (source !== undefined && Number(weight) > 0) return { source, weight: Number(weight) };
    throw new DataError(
      'invalid-option',
      `${JSON.stringify(part)} has no weight. Write each source of a mixture as name*weight, for example a.jsonl*0.7,b.csv*0.3.`,
    );
  });
}

/** The sources of texts that are built in. */
const builtIn: Readonly<
  Record<string, (rendering: { readonly template?: Template }, options: OpenSourceOptions) => Source>
> = {
  synthetic: (rendering, { seed = 17, count = 1000 }) => syntheticSource({ seed, count, ...rendering }),
  debian: debianSource,
  describe: describeSource,
};

function openOne(name: string, options: OpenSourceOptions): OpenedSource {
  const { kind = 'text', columns = {}, template, chatTemplate, assistantTurns, promptsAlone } = options;
  if (kind === 'comparisons' && (name === 'facts' || Object.hasOwn(builtIn, name))) {
    throw new UnknownSourceError(`The source ${name} has no comparisons.`);
  }
  if (name === 'facts') return { kind: 'text', source: openFacts(options) };
  const open = Object.hasOwn(builtIn, name) ? builtIn[name] : undefined;
  if (open) {
    if (template !== undefined && isChatTemplate(template)) {
      throw new DataError(
        'invalid-template',
        `The source ${name} has texts, and the template ${template.name} renders conversations. Use the source's own, or a template of your own.`,
      );
    }
    return { kind: 'text', source: open(template === undefined ? {} : { template }, options) };
  }
  const rows = openRows(name, options);
  const rendering = {
    columns,
    ...(template === undefined ? {} : { template }),
    ...(chatTemplate === undefined ? {} : { chatTemplate }),
  };
  return kind === 'comparisons'
    ? { kind, source: comparisonSource(rows, rendering) }
    : {
        kind,
        source: textSource(rows, {
          ...rendering,
          ...(assistantTurns === undefined ? {} : { assistantTurns }),
          ...(promptsAlone === undefined ? {} : { promptsAlone }),
        }),
      };
}

/** @throws {DataError} `no-chat-template` if nothing renders conversations */
function openFacts({ chatTemplate, seed = 17, count = 1000 }: OpenSourceOptions): Source {
  if (chatTemplate) return factsSource({ seed, count, chatTemplate });
  throw new DataError(
    'no-chat-template',
    'The source facts asks a chat model, and this model has no chat template. Use a model that has one, or name one: --chat-template chatml, or a .jinja file.',
  );
}
