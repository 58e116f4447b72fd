import * as contrib from '../../src/contrib/index.js';
import * as objectives from '../../src/index.js';

/** What examples assume, as a page defines it. */
const data: Readonly<Record<string, string>> = {
  batch: `const batch = {
  policyChosen: tf.tensor1d([-12.5, -31.2]), // log π_θ(y_w|x), summed over the response's tokens, in nats
  policyRejected: tf.tensor1d([-14.2, -28.5]),
  referenceChosen: tf.tensor1d([-13.0, -30.0]),
  referenceRejected: tf.tensor1d([-13.7, -29.2]),
  chosenLength: tf.tensor1d([8, 21]), // tokens, end-of-text included
  rejectedLength: tf.tensor1d([10, 17]),
};`,
  tokens: `const tokens = {
  policyChosenTokens: tf.concat([tf.fill([8], -1.5625), tf.fill([21], -1.4857)]), // log π_θ(y_t|x, y_<t), response after response
  policyRejectedTokens: tf.concat([tf.fill([10], -1.42), tf.fill([17], -1.6765)]),
  referenceChosenTokens: tf.concat([tf.fill([8], -1.625), tf.fill([21], -1.4286)]),
  referenceRejectedTokens: tf.concat([tf.fill([10], -1.37), tf.fill([17], -1.7176)]),
  chosenTokenRow: tf.concat([tf.zeros([8], 'int32'), tf.ones([21], 'int32')]), // the pair that each token belongs to
  rejectedTokenRow: tf.concat([tf.zeros([10], 'int32'), tf.ones([17], 'int32')]),
};`,
  chosenCertainty:
    'const chosenCertainty = tf.tensor1d([-0.5, 0.25]); // mean of log π_θ(y_t) − log Σ_v π_θ(v)²',
  rejectedCertainty: 'const rejectedCertainty = tf.tensor1d([-1.25, 0.5]);',
  chosenReward: 'const chosenReward = tf.tensor1d([1, 0.5]);',
  rejectedReward: 'const rejectedReward = tf.tensor1d([0, 0.75]);',
  chosenScore: 'const chosenScore = tf.tensor1d([1.5, -0.25]); // from the model in training',
  rejectedScore: 'const rejectedScore = tf.tensor1d([0.5, 0.75]);',
  policy:
    "const policy = tf.tensor1d([-12.5, -14.2, -31.2, -28.5]); // log π_θ(y|x), summed over the response's tokens",
  behavior: 'const behavior = tf.tensor1d([-12.4, -14.3, -31.0, -28.6]); // of the policy that sampled',
  sampleTokens: `const sampleTokens = {
  policyTokens: tf.concat([tf.fill([8], -1.5625), tf.fill([10], -1.42), tf.fill([21], -1.4857), tf.fill([17], -1.6765)]),
  behaviorTokens: tf.concat([tf.fill([8], -1.55), tf.fill([10], -1.43), tf.fill([21], -1.4762), tf.fill([17], -1.6824)]),
  tokenRow: tf.concat([8, 10, 21, 17].map((count, row) => tf.fill([count], row, 'int32'))), // the sample that each token belongs to
};`,
  reference: 'const reference = tf.tensor1d([-13.0, -13.7, -30.0, -29.2]);',
  label: 'const label = tf.tensor1d([1, 0, 1, 0]); // desirable or not',
  divergence: 'const divergence = tf.fill([4], 0.1); // z, from responses to other prompts',
  rewards: 'const rewards = tf.tensor1d([1, 0, 0.5, 0.75]);',
  length: 'const length = tf.tensor1d([8, 10, 21, 17]); // tokens, end-of-text included',
  group: 'const group = tf.tensor1d([0, 0, 1, 1]); // two samples of each of two prompts',
};

/** The example of a comment with all that it takes to run as a module of its own: imports, data, and a look at the result. */
export function completeExample(example: string): string {
  const words = freeWords(example);
  const definitions = Object.entries(data).flatMap(([name, code]) => (words.has(name) ? [code] : []));
  const imports = [
    ...importFrom('@ais/objectives', Object.keys(objectives), words),
    ...importFrom('@ais/objectives/contrib', Object.keys(contrib), words),
    "import * as tf from '@tensorflow/tfjs'; // with a back end and gradients, which tfjs-core alone lacks",
  ];
  const shown =
    /const \{ losses\b/.test(example) && !example.includes('losses.print()') ? ['losses.print();'] : [];
  return [imports, definitions, [example, ...shown]]
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n');
}

function importFrom(module: string, exported: readonly string[], words: ReadonlySet<string>): string[] {
  const names = exported.filter((name) => words.has(name)).sort();
  return names.length > 0 ? [`import { ${names.join(', ')} } from '${module}';`] : [];
}

/** Words of the code, but for comments, members, and the keys of objects. */
function freeWords(code: string): Set<string> {
  return new Set(code.replace(/\/\/.*$/gm, '').match(/(?<!(?<!\.\.)\.)\b[A-Za-z]\w*\b(?!\s*:)/g));
}
