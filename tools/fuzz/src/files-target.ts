import { AisError } from '@ais/runtime/errors';
import { type FileMutation, mutateFiles } from './mutate/mutate-files.js';
import type { Files, FuzzTarget, GivenCase } from './target.js';
import { warmUp } from './warm-up.js';

/** What a target of `filesTarget` says of itself. */
export interface FilesTarget extends Omit<FileMutation, 'all'> {
  readonly name: string;
  readonly share: number;
  /** What a reader needs beside its files; none by default. */
  readonly backend?: 'wasm';
  seeds(): Promise<readonly Files[]> | readonly Files[];
  read(directory: string, given: GivenCase): Promise<unknown>;
}

/** A reader of files whose errors are those of the packages, with a code each. */
export function filesTarget({ name, share, backend, seeds, read, ...mutation }: FilesTarget): FuzzTarget {
  let made: Promise<readonly Files[]> | undefined;
  const target: FuzzTarget = {
    name,
    share,
    prepare: () => warmUp(target, backend),
    seeds: () => {
      made ??= Promise.resolve(seeds());
      return made;
    },
    mutate: (seed, random, all) => mutateFiles(seed, random, { ...mutation, all }),
    read: async (directory, given) => {
      await read(directory, given);
    },
    errorCode: typedCode,
  };
  return target;
}

/** The code of an error that one of the packages threw on purpose. */
export function typedCode(error: unknown): string | undefined {
  return error instanceof AisError ? error.code : undefined;
}
