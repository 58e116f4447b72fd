// Every name that a package exports has a comment, and every function an example, which the packages' own tests run.
import { expect, test } from 'vitest';
import { type PublicName, packageFolders, publicNames } from './public-names.js';

/**
 * Steps of a whole, for which no few lines stand: `ais` runs the pipeline's, and the suite of families the models'. What needs a
 * Redis server is tried by `check:queue`, and what needs an S3 server by `check:s3`. `storeChecks` has the example of `testStore`. `mpiGroup` needs
 * `mpirun` (`check:mpi`), and `serveStatus` runs until it is stopped.
 */
const withoutExamples: ReadonlySet<string> = new Set([
  ...['runSft', 'runReward', 'runTrain', 'runGenerate', 'runLabel', 'runEvaluate', 'estimateRun'],
  ...['runEvaluateShard', 'runGenerateShard', 'runReferenceShard', 'runLabelShard'],
  ...[
    'openCorpus',
    'saveCorpus',
    'prepareCorpus',
    'corpusRequest',
    'examplesOf',
    'pairsOfCorpus',
    'readPairs',
  ],
  ...['openModelText', 'savedText', 'openScorer', 'openScorerOfResponses', 'trainJudge', 'tryJudge'],
  ...['supervise', 'prefer', 'learnOnline', 'evaluationsAlong', 'readEvaluations', 'trainingOptions'],
  ...['agreementWithLabels', 'reportUsage'],
  ...['queueExecutor', 'queueStatus', 'runQueueWorker', 'runStudyWorker', 'studyQueueStatus'],
  ...['s3Store', 'testStore', 'mpiGroup', 'serveStatus'],
  ...['completeConfiguration', 'readConfigurationJson', 'writeConfigurationJson', 'architectureOf'],
]);

const all = packageFolders().map((folder) => [folder, publicNames(folder)] as const);

test.each(all)('%s: every public name has a comment', (_, names) => {
  expect(told(names.filter(({ comment }) => comment === ''))).toEqual([]);
});

test.each(all)('%s: every public function has an example', (_, names) => {
  const silent = names.filter(({ kind, comment }) => kind === 'function' && !comment.includes('@example'));
  expect(told(silent.filter(({ name }) => !withoutExamples.has(name)))).toEqual([]);
});

test('names are found where they are declared, under the names that they have outside', () => {
  const found = (folder: string, name: string, from: string): PublicName | undefined =>
    publicNames(folder).find((each) => each.name === name && each.from === from);
  expect(found('trainer', 'isWholeCheckpoint', '@ais/trainer/runs')?.file).toBe(
    'trainer/src/run/checkpoint.ts',
  );
  expect(found('objectives', 'dpo', '@ais/objectives')?.kind).toBe('function');
  expect(found('data', 'HubOptions', '@ais/data')?.file).toMatch(/^runtime\//);
  expect(all.flatMap(([, names]) => names).length).toBeGreaterThan(1000);
});

function told(names: readonly PublicName[]): string[] {
  return [...new Set(names.map(({ file, name }) => `${file}: ${name}`))];
}
