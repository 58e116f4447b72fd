import { completeExample } from './complete-example.js';
import type { DocComment } from './doc-comment.js';

/** The page of an objective, an f or a divergence. */
export function objectivePage(doc: DocComment): string {
  const { name, file, slug, summary, formulas, prose, whenToUse, gotchas, options, tags, example } = doc;
  const table = options.map(
    (option) =>
      `| \`${option.name}\`${option.optional ? '' : ' (required)'} | \`${escapeBars(option.type)}\` | ${escapeBars(option.comment)} |`,
  );
  const parameters = (tags['param'] ?? []).map((text) => `- \`${text.replace(/^(\S+)\s+/, '$1`: ')}`);
  return [
    `# ${name}`,
    summary,
    ['```text', ...formulas.flatMap((formula) => formula.split('; ')), '```'].join('\n'),
    ...prose,
    `![${name} and its derivative](${slug}.svg)`,
    `## When to use`,
    sentence(whenToUse ?? ''),
    '## Gotchas',
    gotchas.map((gotcha) => `- ${sentence(gotcha)}`).join('\n'),
    ...(table.length > 0
      ? ['## Options', ['| option | type | meaning |', '|---|---|---|', ...table].join('\n')]
      : []),
    ...(parameters.length > 0 ? ['## Parameters', parameters.join('\n')] : []),
    ...(tags['throws']
      ? [`Throws ${tags['throws'].map((text) => text.replace(/^\{(\w+)\}/, '`$1`')).join('; ')}.`]
      : []),
    '## Example',
    ['```js', completeExample(example ?? ''), '```'].join('\n'),
    '## Reference',
    (tags['see'] ?? []).join('; '),
    `Source: [${file}](../../packages/objectives/${file}). This page is generated from its comments.`,
  ]
    .join('\n\n')
    .concat('\n');
}

/** The list of all pages, with their formulas. */
export function indexPage(
  groups: readonly { readonly title: string; readonly docs: readonly DocComment[] }[],
): string {
  const sections = groups.flatMap(({ title, docs }) => [
    `## ${title}`,
    [
      '| name | formula | what it is |',
      '|---|---|---|',
      ...docs.map(
        ({ name, slug, formulas, summary }) =>
          `| [\`${name}\`](${slug}.md) | ${escapeBars(formulas[0] ?? '')} | ${escapeBars(summary)} |`,
      ),
    ].join('\n'),
  ]);
  return [
    '# Objectives',
    'One page per objective: formula, picture, when to use it, gotchas, and reference. Generated from the comments of `@ais/objectives`.',
    "r(y) = log π_θ(y|x) − log π_ref(y|x), a sum over the response's tokens, its end-of-text token included; " +
      'ρ = r(y_w) − r(y_l), for the preferred and the rejected response. Any objective over pairs can be ' +
      '[importance-weighted](../importance-weights.md); to write a new one, see [Write an objective](../write-an-objective.md). ' +
      'How well the tests guard the formulas: [mutation testing](mutation.md).',
    ...sections,
  ]
    .join('\n\n')
    .concat('\n');
}

function escapeBars(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** Starts with a capital, unless the text starts with a symbol or a formula. */
function sentence(text: string): string {
  return /^(a|[a-z]{2,}\d*)[ ,]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
