import type { MetricsLine } from '../run/metrics-log.js';
import { evaluationRules } from './evaluation-rules.js';
import type { Finding, Rule } from './finding.js';
import { learningRules } from './learning-rules.js';
import { rewardRules } from './reward-rules.js';
import { type RunFacts, runSeries } from './run-series.js';
import { stabilityRules } from './stability-rules.js';

/** Every finding there is, with its rule, its words, and its advice. `docs/reading-a-run.md` has a section on each. */
export const rules: readonly Rule[] = [
  ...stabilityRules,
  ...learningRules,
  ...rewardRules,
  ...evaluationRules,
];

const severity: Readonly<Record<Finding['level'], number>> = { problem: 0, watch: 1, normal: 2 };

/**
 * Says in words what the metrics of a run show: what happens, by which numbers, what it means, and what to try.
 *
 * A move of a metric counts if it exceeds its noise, which is estimated from its own scatter or from the number of pairs and
 * prompts behind it; see `changeOf`. What the metrics do not tell is not said, so a run without evaluations has few findings.
 *
 * @param lines of the run's metrics.jsonl, in order
 * @param facts what is known beside it, see `runFacts`
 * @returns findings, problems first
 * @example
 * const findings = diagnose(await readMetrics('runs/dpo/metrics.jsonl'), { stage: 'preference', beta: 0.1, reference: true });
 */
export function diagnose(lines: readonly MetricsLine[], facts: RunFacts = {}): Finding[] {
  const run = runSeries(lines, facts);
  return rules
    .flatMap(({ evidence, warns: _, ...words }) => {
      const seen = evidence(run);
      return seen ? [{ ...words, step: seen.step, evidence: seen.shows }] : [];
    })
    .sort((a, b) => severity[a.level] - severity[b.level]);
}

/**
 * A finding as one paragraph.
 *
 * @example
 * const findings = diagnose(lines, { stage: 'preference', beta: 0.1, reference: true });
 * for (const finding of findings) console.log(findingText(finding) !== '');
 */
export function findingText({ title, evidence, advice }: Finding): string {
  const [first] = advice;
  return [`${title}.`, ...evidence, ...(first ? [first] : [])].join(' ');
}
