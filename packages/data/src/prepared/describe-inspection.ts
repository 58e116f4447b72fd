import type { DataInspection, InspectedExample, InspectedPart } from './inspect-prepared.js';
import { inspectionFacts } from './inspection-facts.js';
import type { LengthStatistics } from './length-statistics.js';

/**
 * A look at a set as text for a terminal.
 *
 * Tokens end in `·`; those that are in the loss are bold and underlined if there is color, and follow `▌`
 * in any case.
 *
 * @param inspection of `inspectPrepared` or `inspectSource`
 * @param options `color`: with ANSI styles
 * @returns lines of text
 * @example
 * const inspection = await inspectPrepared('prepared/synthetic');
 * console.log(describeInspection(inspection).includes('records kept')); // true
 */
export function describeInspection(
  inspection: DataInspection,
  { color = false }: { color?: boolean } = {},
): string {
  const { manifest, examples, dropped, directory } = inspection;
  const bold = (text: string): string => (color ? `\x1b[1m${text}\x1b[0m` : text);
  const facts = inspectionFacts(inspection);
  const width = Math.max(...facts.map(([name]) => name.length));
  const lines = [bold(directory), '', ...facts.map(([name, fact]) => `${name.padEnd(width)}  ${fact}`)];
  for (const [split, { records, lengths }] of Object.entries(manifest.splits)) {
    lines.push('', bold(`${split}: ${records.toLocaleString('en-US')} records`));
    for (const [column, statistics] of Object.entries(lengths))
      lines.push(...histogramLines(column, statistics));
  }
  for (const example of examples) lines.push('', ...exampleLines(example, color, bold));
  if (dropped.length > 0) lines.push('', bold('dropped'));
  for (const { id, reason, detail } of dropped)
    lines.push(`  ${reason}: ${visible(id)} (${visible(detail)})`);
  const { faultExamples } = manifest.source;
  if (faultExamples.length > 0) lines.push('', bold('malformed rows'));
  for (const message of faultExamples) lines.push(`  ${visible(message)}`);
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

const BAR = 40;

function histogramLines(column: string, statistics: LengthStatistics): string[] {
  const { shortest, median, p90, p99, longest, histogram } = statistics;
  const most = Math.max(1, ...histogram.map(({ count }) => count));
  const digits = String(longest).length;
  return [
    `  ${column}: shortest ${shortest}, median ${median}, 90 % ≤ ${p90}, 99 % ≤ ${p99}, longest ${longest}`,
    ...histogram.map(({ from, to, count }) => {
      const bar = '█'.repeat(count === 0 ? 0 : Math.max(1, Math.round((BAR * count) / most)));
      return `  ${String(from).padStart(digits)}–${String(to).padEnd(digits)} ${bar} ${count}`;
    }),
  ];
}

function exampleLines(example: InspectedExample, color: boolean, bold: (text: string) => string): string[] {
  return [
    bold(
      `${visible(example.split)} ${visible(example.id)}${exampleNotes(example)
        .map((note) => ` [${note}]`)
        .join('')}`,
    ),
    ...example.parts.flatMap((part) => partLines(part, color)),
  ];
}

/** What is unusual about an example. */
export function exampleNotes(example: InspectedExample): string[] {
  return [
    ...(example.truncated ? ['prompt cut'] : []),
    ...(example.responseTruncated ? ['response cut'] : []),
    ...(example.boundaryMerged ? ['merges at the boundary'] : []),
  ];
}

function partLines({ name, trained, tokens }: InspectedPart, color: boolean): string[] {
  const style = trained ? ['\x1b[1;4m', '\x1b[0m'] : ['\x1b[2m', '\x1b[0m'];
  const lines = tokens
    .map((token) => `${visible(token)}·`)
    .join('')
    .split('\n');
  const label = `${name}, ${tokens.length} tokens, ${trained ? 'in the loss' : 'not in the loss'}`;
  const mark = trained ? '▌' : ' ';
  return [`  ${label}`, ...lines.map((line) => `  ${mark} ${color ? style.join(line) : line}`)];
}

/** Control and invisible characters by name, so that none reaches a terminal; a line break is kept behind its sign. */
export function visible(text: string): string {
  return text
    .replace(
      /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
      (hidden) => `‹U+${(hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`,
    )
    .replace(/\n/g, '↵\n');
}
