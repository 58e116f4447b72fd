import { type JsonObject, valueAt } from '../run/json.js';
import type { MetricsLine } from '../run/metrics-log.js';
import { termPrefixes } from '../run/term-metrics.js';
import type { Point } from './change.js';

/** What is known of a run beside its metrics. */
export interface RunFacts {
  /** `sft`, `reward`, `preference`, `unpaired`, `online-preference`, or `policy-gradient`, as config.json has it. */
  readonly stage?: string;
  /** β, by which rewards are divided to show log-ratios in nats; rewards are shown as they are without it. */
  readonly beta?: number;
  /** Whether the rewards are measured from a reference model. */
  readonly reference?: boolean;
  /** Whether the policy deliberately starts elsewhere than at that reference. */
  readonly startsAwayFromReference?: boolean;
}

/** A run's metrics by name, in the order of their steps. */
export interface RunSeries {
  readonly facts: RunFacts;
  /** What training steps measured on their batches; numbers that are not finite are left out. */
  train(name: string): readonly Point[];
  /** The same of every term of a sum of objectives, with what stands before the name: '', or a label and a slash. */
  terms(name: string): readonly { readonly prefix: string; readonly points: readonly Point[] }[];
  /** What evaluations measured. */
  evaluated(name: string): readonly Point[];
  /** The lines of the steps that were skipped. */
  readonly skipped: readonly MetricsLine[];
}

/** The metrics of a run, from the lines of its metrics.jsonl. */
export function runSeries(lines: readonly MetricsLine[], facts: RunFacts): RunSeries {
  const named = (event: MetricsLine['event']): RunSeries['train'] => {
    const own = lines.filter((line) => line.event === event);
    return (name) =>
      own.flatMap((line) => {
        const value = line[name];
        return typeof value === 'number' && Number.isFinite(value) ? [{ step: line.step, value }] : [];
      });
  };
  const train = named('train');
  return {
    facts,
    train,
    terms(name) {
      const names = new Set(lines.flatMap((line) => (line.event === 'train' ? Object.keys(line) : [])));
      return termPrefixes(names, name).map((prefix) => ({ prefix, points: train(`${prefix}${name}`) }));
    },
    evaluated: named('evaluate'),
    skipped: lines.filter(({ event }) => event === 'skip'),
  };
}

/**
 * What a run's config.json tells of it.
 *
 * A preference run that reads a reference names it; if that is not the model it starts from, the caller wanted it so, since
 * the trainer refuses it otherwise.
 *
 * @example
 * console.log(runFacts({ stage: 'preference', configuration: { settings: { beta: 0.1 } } }).beta); // 0.1
 */
export function runFacts(configuration: JsonObject): RunFacts {
  const stage = valueAt(configuration, 'stage');
  const beta = valueAt(configuration, 'configuration.settings.beta');
  const reference = valueAt(configuration, 'reference');
  // With LoRA the fingerprint is that of the adapter.
  const model =
    valueAt(configuration, 'lora') === undefined ? valueAt(configuration, 'model.sha256') : reference;
  return {
    ...(typeof stage === 'string' && { stage }),
    ...(typeof beta === 'number' && { beta }),
    reference: reference !== undefined,
    startsAwayFromReference: reference !== undefined && reference !== model,
  };
}
