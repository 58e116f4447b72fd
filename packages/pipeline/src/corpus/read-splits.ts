import { setImmediate } from 'node:timers/promises';
import {
  createReadReport,
  type HoldOutKeys,
  holdOut,
  openSource,
  splitKeys,
  type TextRecord,
} from '@ais/data';
import type { AnyTemplate, ChatTemplate } from '@ais/data/chat';
import { PipelineError } from '../errors.js';
import { type SplitName, splitNames } from '../settings/command-settings.js';
import { moduleOf } from '../settings/module-name.js';
import { builtInSources } from '../settings/text-settings.js';
import { askedChatTemplate } from './asked-chat-template.js';
import { builtInCount, builtInSplits } from './built-in-splits.js';
import { bySplit, type CorpusRequest, mostOf, NONE } from './corpus-request.js';
import { isOnHub, setsOnHub } from './hub-data-set.js';
import type { ModelText } from './model-text.js';
import { rowTemplate } from './row-template.js';

/** The records of each split, and the template that rendered them. */
export interface ReadSplits {
  readonly splits: Readonly<Record<SplitName, TextRecord[]>>;
  readonly template: AnyTemplate;
  /** Rows that were left out while reading, by the reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

interface Reading {
  readonly signal: AbortSignal;
  /** Told of the records read so far. */
  readonly onRecords: (records: number) => void;
}

/**
 * Reads a source and decides what each record is for:
 *
 * - built-in text is plentiful: each step gets records of its own;
 * - a data set on the Hub has splits: every step learns from `train`, and everything is measured on `validation`, or else on `test`;
 * - of other text, and of a data set that has `train` alone, some is held out, whole prompts and families, and every step learns
 *   from the rest.
 *
 * @param ofModel the templates that the model was trained or came with, used unless others are asked for
 */
export async function readSplits(
  request: CorpusRequest,
  ofModel: ModelText | undefined,
  reading: Reading,
): Promise<ReadSplits> {
  const { source, wanted } = request;
  if (moduleOf(source)?.kind === 'file') {
    throw new PipelineError(
      'invalid-setting',
      `source: ${source} is a module, and a source is data: a file of records, a folder, or owner/name on the Hub. Let the module prepare a folder (prepareDataset of @ais/data/prepared), and name that.`,
      { key: 'source' },
    );
  }
  const chatTemplate = ofModel ? ofModel.chatTemplate : await askedChatTemplate(request, undefined);
  const template = await rowTemplate(request.template, { template: ofModel?.template, chatTemplate });
  const reader = recordReader(request, { template, chatTemplate }, reading);
  if (builtInSources.includes(source)) {
    const { template: used, records } = await reader.read();
    return { template: used, splits: builtInSplits(records, request), leftOut: reader.leftOut };
  }
  const sets = request.sets ?? (isOnHub(source) ? await setsOnHub(source) : undefined);
  if (sets) {
    const read = new Map<string, TextRecord[]>();
    let used: AnyTemplate | undefined;
    const asked = splitNames.filter((split) => mostOf(wanted[split] ?? NONE) > 0);
    for (const set of new Set(asked.map((split) => sets[split]))) {
      const { template: found, records } = await reader.read(set);
      used = found;
      read.set(set, records);
    }
    if (!used) {
      throw new PipelineError(
        'too-little-text',
        `${source}: no records were asked for. Raise data.heldOut (--held-out).`,
        { key: 'data.heldOut' },
      );
    }
    return {
      template: used,
      splits: bySplit((split) => read.get(sets[split]) ?? []),
      leftOut: reader.leftOut,
    };
  }
  const { template: used, records } = await reader.read();
  const count = request.heldOut ?? usualHeldOut(records, request);
  const { trained, heldOut } = holdOut(records, keysOf, count, request.seed);
  const needy = splitNames.find((split) => split !== 'evaluation' && mostOf(wanted[split] ?? NONE) > 0);
  if (needy !== undefined && trained.length === 0 && heldOut.length > 0) {
    throw new PipelineError(
      'too-little-text',
      `${source}: all of its ${records.length} records are held out to evaluate on (data.heldOut ${count}), so none are left for the ${needy} split. ` +
        'Lower --held-out, or use more text. Records of one family or prompt are held out together.',
      { key: 'data.heldOut' },
    );
  }
  return {
    template: used,
    leftOut: {
      ...reader.leftOut,
      ...(request.promptsAlone &&
        answersAll(wanted) &&
        !wanted.evaluation && { [HELD_OUT_PROMPTS]: heldOut.length }),
    },
    splits: bySplit((split) => [...(split === 'evaluation' ? heldOut : trained)]),
  };
}

/** Whether all records but those that are held out are asked for, so that the user may expect those too. */
function answersAll(wanted: CorpusRequest['wanted']): boolean {
  return splitNames.some((split) => split !== 'evaluation' && wanted[split] === 'all');
}

const HELD_OUT_PROMPTS =
  'held out to evaluate on (--held-out 0 holds out none, and --split evaluation reads these)';

/** How many records are held out unless settings say so: none of prompts without responses, which are there to be answered. */
function usualHeldOut(records: readonly TextRecord[], { promptsAlone, wanted }: CorpusRequest): number {
  const isOfPrompts = promptsAlone === true && records.every(({ response }) => response === '');
  if (isOfPrompts && mostOf(wanted.evaluation ?? NONE) === 0) return 0;
  return Math.min(HELD_OUT.most, Math.ceil(HELD_OUT.share * records.length));
}

/** What stays together: a family, and the records of one prompt, as for `splitRecords`. */
function keysOf(record: TextRecord): HoldOutKeys {
  const { family, prompt, id } = record;
  return [family ?? (prompt === '' ? id : prompt), ...splitKeys(record)];
}

/** What is held out of text that is neither built in nor split already, unless settings give a number: a share, up to a maximum. */
const HELD_OUT = { share: 0.1, most: 256 };

function recordReader(
  { source, columns, assistantTurns, promptsAlone, seed, wanted, sizes }: CorpusRequest,
  {
    template,
    chatTemplate,
  }: { readonly template: AnyTemplate | undefined; readonly chatTemplate: ChatTemplate | undefined },
  { signal, onRecords }: Reading,
): {
  read(split?: string): Promise<{ template: AnyTemplate; records: TextRecord[] }>;
  readonly leftOut: Readonly<Record<string, number>>;
} {
  let total = 0;
  const leftOut: Record<string, number> = {};
  return {
    leftOut,
    async read(split) {
      const opened = openSource(source, {
        kind: 'text',
        ...(columns && { columns }),
        ...(template && { template }),
        ...(chatTemplate && { chatTemplate }),
        ...(assistantTurns && { assistantTurns }),
        ...(promptsAlone && { promptsAlone }),
        ...(split !== undefined && { split }),
        seed,
        count: builtInCount(wanted, sizes),
      });
      if (opened.kind !== 'text') throw new Error('@ais/pipeline: this source has no text.');
      const report = createReadReport();
      const records: TextRecord[] = [];
      for await (const record of opened.source.records({ report })) {
        records.push(record);
        total += 1;
        if (total % 1000 !== 0) continue;
        onRecords(total);
        // A source in memory never waits: without this, a signal would not arrive meanwhile.
        await setImmediate();
        signal.throwIfAborted();
      }
      for (const [reason, count] of Object.entries(report.leftOut)) {
        leftOut[reason] = (leftOut[reason] ?? 0) + count;
      }
      const used = template ?? report.shapes[0]?.template;
      if (!used) throw new PipelineError('too-little-text', `${source} has no records.`);
      return { template: used, records };
    },
  };
}
