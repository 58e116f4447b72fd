import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SlurmCluster, startSlurm } from '../../../packages/cli/test/slurm-cluster.js';
import { followPage } from './follow-page.js';

let cluster: SlurmCluster;
beforeAll(async () => {
  cluster = await startSlurm({ cpus: 2 });
});
afterAll(() => cluster?.stop());

test('the page about Slurm is true, word by word', async () => {
  const { SLURM_CONF: configuration = '' } = cluster.environment;
  expect(configuration).not.toBe('');
  await followPage('docs/how-to/run-on-slurm.md', { environment: { SLURM_CONF: configuration } });
});
