import { expect, test } from 'vitest';
import { packageTable, picture } from './picture.js';

const graph = new Map([
  ['kl', new Set<string>()],
  ['gold-eval', new Set<string>()],
  ['trainer', new Set(['gold-eval', 'kl'])],
  ['cli', new Set(['kl', 'trainer'])],
]);

test('the picture has each package, and the imports that follow from no others', () => {
  expect(picture(graph)).toBe(`\`\`\`mermaid
flowchart TD
  cli["@ais/cli"]
  trainer["@ais/trainer"]
  kl["@ais/kl"]
  gold-eval["@ais/gold-eval"]
  cli --> trainer
  trainer --> gold-eval
  trainer --> kl
\`\`\``);
});

test('the table has all imports', () => {
  expect(packageTable(graph, { kl: 'Exact KL', cli: 'The command' })).toBe(
    `| package | what it is | imports |
|---|---|---|
| [\`@ais/gold-eval\`](packages/gold-eval) |  | – |
| [\`@ais/kl\`](packages/kl) | Exact KL | – |
| [\`@ais/trainer\`](packages/trainer) |  | gold-eval, kl |
| [\`@ais/cli\`](packages/cli) | The command | kl, trainer |`,
  );
});
