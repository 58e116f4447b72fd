import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
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

test('a workflow has no permission, and each job only those that it names', () => {
  for (const { permissions } of workflows) expect(permissions).toEqual({});
  for (const { name, job } of jobs) {
    expect(job.permissions, name).toBeDefined();
    expect(job['timeout-minutes'], name).toBeGreaterThan(0);
  }
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

test('only the jobs that publish prove who they are, and they are approved', () => {
  const proving = jobs.filter(({ job }) => job.permissions?.['id-token'] !== undefined);
  expect(proving.map(({ name }) => name)).toEqual(['native.yml: publish', 'release.yml: publish']);
  for (const { job } of proving) {
    expect(job.environment).toBe('npm');
    expect(job.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
  }
});
