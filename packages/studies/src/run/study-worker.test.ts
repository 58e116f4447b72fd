import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentName } from '../stages/content-names.js';
import { admitOrder, namesToAllow } from './study-worker.js';

const scratch = realpathSync(mkdtempSync(join(tmpdir(), 'ais-worker-')));
const root = join(scratch, 'root');
const secret = join(scratch, 'secret.jsonl');
const admit = (settings: unknown, allow: readonly string[] = [], hints?: unknown): void =>
  admitOrder({ title: 'corpus', settings, hints }, root, allow);

beforeAll(() => {
  mkdirSync(join(root, 'data'), { recursive: true });
  writeFileSync(secret, '');
  writeFileSync(join(root, 'data', 'own.jsonl'), '');
  symlinkSync(scratch, join(root, 'out'));
});
afterAll(() => rmSync(scratch, { recursive: true }));

describe('a worker of studies', () => {
  test('takes jobs that name what is below its root, or no path at all', () => {
    admit({ source: 'data/own.jsonl', nested: [{ policy: 'nobody/chat' }], template: 'Q: {question}\nA:' });
    admit({ source: join(root, 'data', 'own.jsonl') });
  });

  test.each([
    ['an absolute path', '/etc/passwd'],
    ['a path upward', '../secret.jsonl'],
    ['a path that goes down and up', 'data/../../secret.jsonl'],
    ['a link that leads out', 'out/secret.jsonl'],
    ['a home', '~/secret.jsonl'],
    ['a URL of a file', 'FILE:///etc/passwd'],
    ['a path cut short', '/etc/passwd\0.jsonl'],
  ])('refuses a job that names %s', (_what, path) => {
    expect(() => admit({ deep: [{ source: path }] })).toThrow(/^@ais\/studies: The job "corpus" names /);
    expect(() => admit({}, [], { cache: path })).toThrow(/which is not below/);
    admit({ source: path }, [path]);
  });

  test('takes a file that settings name by its content where the hints say that it is below its root, and refuses any other', () => {
    const named = (path: string, settings: (name: string) => object) => {
      const name = contentName(path, 'a'.repeat(64));
      return { settings: settings(name), hints: { files: { [name]: path } } };
    };
    const source = (name: string) => ({ request: { source: name } });
    const inside = named('data/own.jsonl', source);
    admit(inside.settings, [], inside.hints);
    const outside = named('../secret.jsonl', source);
    expect(() => admit(outside.settings, [], outside.hints)).toThrow(/names \.\.\/secret\.jsonl/);
    expect(namesToAllow(outside, root)).toEqual(['../secret.jsonl']);
    admit(outside.settings, ['../secret.jsonl'], outside.hints);
    // Also one that no setting names.
    expect(() => admit({}, [], outside.hints)).toThrow(/names \.\.\/secret\.jsonl/);
    const code = named('data/mine.mjs', (name) => ({ method: { objective: name } }));
    expect(() => admit(code.settings, [], code.hints)).toThrow(/code, a server.*data\/mine\.mjs/);
    admit(code.settings, ['data/mine.mjs'], code.hints);
    const { hints } = code;
    expect(() => admit({}, [], { ...hints, judge: Object.keys(hints.files)[0] })).toThrow(
      /judge data\/mine\.mjs/,
    );
    expect(() => admit({}, [], { judge: 'http://judge.test' })).toThrow(/names code, a server/);
    expect(() => admit(code.settings)).toThrow(/does not say where it is/);
  });

  test('takes what a language model is asked as text, but for a template that is the name of a file', () => {
    const asked = (judge: object, parameters?: object) => ({
      asked: { judge, ...(parameters && { parameters }) },
    });
    for (const system of [
      '/no_think Judge which answer is better.',
      '~ be brief',
      'http://a.test is wrong',
    ]) {
      admit(asked({ system, template: '/no_think {{prompt}} {{response}}' }, { stop: ['/end'] }));
    }
    expect(() => admit(asked({ template: '../secret.jsonl' }))).toThrow(/names \.\.\/secret\.jsonl/);
    expect(() => admit(asked({ mode: '/etc/passwd' }))).toThrow(/which is not below/);
    expect(() => admit({ ...asked({}), judge: './judge.js' })).toThrow(/names code, a server/);
  });

  test('names what to allow as a shell takes it', () => {
    expect(() => admit({ source: '../my data.jsonl' })).toThrow(/--allow '\.\.\/my data\.jsonl'$/);
  });

  test.each([
    'data/own.jsonl*0.7,../secret.jsonl*0.3',
    'data/own.jsonl*0.7, /etc/passwd*0.3',
    'out/secret.jsonl*1',
  ])('refuses a mixture of which one source is outside: %s', (source) => {
    expect(() => admit({ request: { source } })).toThrow(/which is not below/);
    admit({ source: 'data/own.jsonl*0.7,data/own.jsonl*0.3' });
  });

  test.each([
    ['code', './judge.js'],
    ['an export of a package', 'somebody#objective'],
    ['a server', 'http://judge.test/score'],
    ['a server with a space in its address', 'http://judge.test/a b'],
    ['code, and an export of two lines', './st/evil.js#a\nb'],
    ['code in its address', 'data:text/javascript,export default 1//#x'],
    ['code in its address with a space', 'data:text/javascript,export default 1;//#x'],
    ['code in its address, and no identifier', 'data:text/javascript,1//#a-b'],
    ['code in its address, and no export', 'data:text/javascript,1//#'],
  ])('refuses a job that names %s, unless the worker was told to allow it', (_what, name) => {
    expect(() => admit({ gold: { judge: name } })).toThrow(/names code, a server/);
    admit({ gold: { judge: name } }, [name]);
  });
});
