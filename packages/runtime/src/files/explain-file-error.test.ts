import { describe, expect, it } from 'vitest';
import { FileError, RuntimeError } from '../errors.js';
import { explainFileError } from './explain-file-error.js';

const failed = (code: string): Error => Object.assign(new Error(`${code}: raw`), { code, syscall: 'write' });

describe('explainFileError', () => {
  it.each([
    ['ENOSPC', 'disk-full', /disk of \/data\/run is full\. Free some space/],
    ['EDQUOT', 'disk-full', /quota for \/data\/run is used up\. Free some space/],
    ['EACCES', 'not-writable', /no permission for \/data\/run\. Change its permissions/],
    ['EPERM', 'not-writable', /no permission for \/data\/run/],
    ['EROFS', 'not-writable', /\/data\/run is on a read-only file system/],
    ['ENOTDIR', 'not-writable', /part of \/data\/run is a file/],
    ['EEXIST', 'not-writable', /\/data\/run already exists and is not a folder/],
    ['EISDIR', 'not-writable', /\/data\/run is a folder/],
    ['ENOTEMPTY', 'not-writable', /not empty/],
    ['EBUSY', 'not-writable', /\/data\/run is in use by another program/],
    ['ENAMETOOLONG', 'not-writable', /name in \/data\/run is longer/],
  ])('says in a sentence with a remedy what %s means', (code, expected, sentence) => {
    const cause = failed(code);
    const error = explainFileError(cause, '/data/run', '--out');
    expect(error).toBeInstanceOf(FileError);
    expect(error).toMatchObject({ code: expected, path: '/data/run', exit: 'failure', cause });
    expect((error as Error).message).toMatch(sentence);
    expect((error as Error).message).toContain('place');
    expect((error as Error).message).toContain('(--out)');
  });

  it('says how more files may be open', () => {
    expect(explainFileError(failed('EMFILE'), '/data/run')).toMatchObject({
      code: 'not-writable',
      message: expect.stringMatching(/\/data\/run cannot be opened: too many files are open\. Allow more/),
    });
  });

  it('names the path that failed, if the system says it', () => {
    const cause = Object.assign(failed('EACCES'), { path: '/input' });
    expect(explainFileError(cause, '/data/run')).toMatchObject({ path: '/input' });
    const moved = Object.assign(failed('EACCES'), { path: '/data/.x.tmp-1-01234567', dest: '/data/x' });
    expect(explainFileError(moved, '/data/run')).toMatchObject({ path: '/data/x' });
  });

  it('names what a temporary file was to become', () => {
    const cause = Object.assign(failed('ENOSPC'), { path: '/data/.run.tmp-123-01234567/weights' });
    expect(explainFileError(cause, 'x')).toMatchObject({ path: '/data/run/weights' });
  });

  it.each([
    ['another failure of the system', failed('ENOENT')],
    ['a port that may not be used', Object.assign(failed('EACCES'), { syscall: 'listen', port: 80 })],
    ['a program that may not be run', Object.assign(failed('EACCES'), { syscall: 'spawn mpirun' })],
    ['a process that may not be signaled', Object.assign(failed('EPERM'), { syscall: 'kill' })],
    ['an error that is explained already', new RuntimeError('disk-full', 'x', { cause: failed('ENOSPC') })],
    ['an error without a code', new Error('x')],
    ['an error that has a failure as its cause', new Error('x', { cause: failed('ENOSPC') })],
    ['something thrown that is not an error', 'x'],
  ])('leaves %s as it is', (_, error) => {
    expect(explainFileError(error, 'x')).toBe(error);
  });
});
