import { diagnose, findingText, rules } from '../diagnosis/diagnose.js';
import type { Finding } from '../diagnosis/finding.js';
import { runFacts } from '../diagnosis/run-series.js';
import type { JsonObject } from '../run/json.js';
import { readMetrics } from '../run/metrics-log.js';
import type { Warn } from './training-callbacks.js';

/** Warns of what a run's metrics say, each finding once. */
export interface RunDiagnosis {
  /** @param ended whether the run has come to its end: some findings would come too soon before it */
  look(ended: boolean): Promise<void>;
}

/**
 * Ties the diagnosis to a run. What earlier calls of the run could tell is not told again.
 *
 * @param path the run's metrics.jsonl
 */
export async function createRunDiagnosis(
  path: string,
  configuration: JsonObject,
  warn: Warn,
): Promise<RunDiagnosis> {
  const facts = runFacts(configuration);
  const seen = async (ended: boolean): Promise<Finding[]> => {
    const due = new Set(
      rules
        .filter(
          ({ level, warns }) =>
            level !== 'normal' && (warns === 'early' || (ended && warns === 'at the end')),
        )
        .map(({ code }) => code),
    );
    return diagnose(await readMetrics(path), facts).filter(({ code }) => due.has(code));
  };
  const told = new Set((await seen(false)).map(({ code }) => code));

  return {
    async look(ended) {
      for (const finding of await seen(ended)) {
        if (told.has(finding.code)) continue;
        told.add(finding.code);
        warn(finding.code, findingText(finding));
      }
    },
  };
}
