import type { AnyTemplateFile } from '../templates/any-template.js';
import type { DataInspection } from './inspect-prepared.js';

/** What a manifest says, in words: the same in the terminal and on the page. */
export function inspectionFacts({
  stage,
  manifest,
}: Pick<DataInspection, 'stage' | 'manifest'>): [string, string][] {
  const { source, settings, tokenizer, leaks } = manifest;
  const isCutOff = source.records === settings.limit;
  const count = (number: number): string => number.toLocaleString('en-US');
  const list = (counts: object): string =>
    Object.entries(counts)
      .map(([reason, number]) => `${count(number)} ${reason}`)
      .join(', ') || 'none';
  return [
    [
      'source',
      `${source.name}, ${isCutOff ? 'the first ' : ''}${count(source.records)} ${settings.kind === 'text' ? 'records' : 'comparisons'} read`,
    ],
    ...source.shapes.flatMap(({ source: name, template, columns, unread = [] }): [string, string][] => {
      const of = source.shapes.length > 1 ? ` of ${name}` : '';
      const read = Object.values(columns);
      return [
        [
          'template',
          `${template.name}${withVariables(template)}${read.length > 0 ? `, from the columns ${read.join(', ')}` : ''}${of}`,
        ],
        ...(unread.length > 0
          ? [['columns not read', `${unread.join(', ')}${of}`] satisfies [string, string]]
          : []),
      ];
    }),
    [
      'malformed rows skipped',
      source.skipped === 0 ? 'none' : `${count(source.skipped)}: ${list(source.faults)}`,
    ],
    ['rows left out', list(source.leftOut)],
    ['records dropped', list(manifest.dropped)],
    ['records kept', count(manifest.records)],
    [
      'prompts cut',
      `${count(manifest.truncated)} (${(100 * manifest.truncatedShare).toFixed(2)} %) to ${count(settings.maxPromptTokens)} tokens`,
    ],
    ['responses cut', count(manifest.responsesTruncated)],
    [
      'boundary merges',
      manifest.boundaryMerges === 0
        ? 'none: prompt and response have the same tokens apart and as one text'
        : `${count(manifest.boundaryMerges)}, the first ${manifest.firstBoundaryMerge}; trained apart all the same`,
    ],
    ['tokenizer', `${count(tokenizer.vocabularySize)} tokens, end-of-text ${tokenizer.endOfTextToken}`],
    // A raw set has no splits, and nothing is kept of it that could be identified.
    ...(stage === 'raw'
      ? []
      : ([
          [
            'leaks between splits',
            leaks.length === 0
              ? 'none found: no prompt and no family is in two splits'
              : `${count(leaks.length)} FOUND`,
          ],
          ['fingerprint', manifest.fingerprint],
        ] satisfies [string, string][])),
  ];
}

/** The variables of a chat template, if it has any: ` with enable_thinking=false`. */
function withVariables(template: AnyTemplateFile): string {
  const { variables } = 'chat' in template ? template : {};
  const given = Object.entries(variables ?? {}).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return given.length === 0 ? '' : ` with ${given.join(', ')}`;
}
