import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string | { readonly name: string };
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }[];
}

const folder = fileURLToPath(new URL('../../../.github/workflows/', import.meta.url));
const workflows = readdirSync(folder).map((file) => {
  const text = readFileSync(`${folder}${file}`, 'utf8');
  return { file, text, ...(parse(text) as { permissions: object; jobs: Readonly<Record<string, Job>> }) };
});
const jobs = workflows.flatMap(({ file, jobs: own }) =>
  Object.entries(own).map(([name, job]) => ({ name: `${file}: ${name}`, job })),
);

test('actions are pinned by commit, with their release beside it', () => {
  const uses = workflows.flatMap(({ text }) => text.match(/uses: .*/g) ?? []);
  expect(uses.length).toBeGreaterThan(5);
  for (const line of uses) expect(line).toMatch(/^uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test('a workflow may at most read, and what a job may write it names', () => {
  for (const { file, permissions } of workflows) {
    expect(permissions, file).toBeDefined();
    expect(
      Object.values(permissions).filter((right) => right !== 'read'),
      file,
    ).toEqual([]);
  }
  for (const { name, job } of jobs) expect(job['timeout-minutes'], name).toBeGreaterThan(0);
});

test('what may write runs no code of others while the token is there', () => {
  for (const { name, job } of jobs) {
    for (const { uses = '', with: given } of job.steps) {
      if (uses.startsWith('actions/checkout@')) expect(given?.['persist-credentials'], name).toBe(false);
    }
    // Nothing that an issue or a branch is called becomes part of a script.
    for (const { run = '' } of job.steps) expect(run, name).not.toContain('${{');
  }
});

test('what proves who it is runs in an environment, and what publishes packages may do nothing else', () => {
  const proving = jobs.filter(({ job }) => job.permissions?.['id-token'] !== undefined);
  for (const { name, job } of proving) expect(job.environment, name).toBeDefined();
  const release = jobs.find(({ name }) => name === 'release.yml: publish');
  expect(release?.job.environment).toBe('npm');
  expect(release?.job.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
});
