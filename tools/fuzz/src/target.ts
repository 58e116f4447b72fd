import type { Random } from '@ais/runtime';

/** The files of one case by name. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** A case as its reader gets it, besides the folder that it lies in. */
export interface GivenCase {
  /** Which of the seeds it was made from. */
  readonly base: number;
  readonly files: Files;
}

/** A reader of untrusted files, and what to feed it with. */
export interface FuzzTarget {
  readonly name: string;
  /** How many of all readers' cases it gets, beside the others: by how much there is to get wrong, and by what a case costs. */
  readonly share: number;
  /** Whether no allocation may be larger than its files; else only the limits of the heap and of the process hold. */
  readonly allocatesAsFiles?: boolean;
  /** Sets up what a process needs before it reads. */
  prepare(): Promise<void>;
  /** Whole files, which the reader accepts; the same at every call. */
  seeds(): Promise<readonly Files[]>;
  /** A changed copy of one of the seeds. */
  mutate(seed: Files, random: Random, seeds: readonly Files[]): Files;
  /** Reads the files in a folder as a user's program would, and frees what it made of them. */
  read(directory: string, given: GivenCase): Promise<void>;
  /** The code of an error that the reader promises for broken files; undefined for any other. */
  errorCode(error: unknown): string | undefined;
}

/** A case that broke a promise. */
export interface Finding {
  readonly case: number;
  readonly kind: 'untyped error' | 'hang' | 'allocation' | 'memory' | 'crash';
  readonly message: string;
}

/** What came of a range of cases. */
export interface Tally {
  cases: number;
  accepted: number;
  /** Refused files by error code. */
  readonly refused: Record<string, number>;
  slowestMilliseconds: number;
  /** Bytes of the largest single allocation, and that as a multiple of its case's files. */
  largestAllocation: { bytes: number; ofFiles: number };
  readonly findings: Finding[];
}

export function emptyTally(): Tally {
  return {
    cases: 0,
    accepted: 0,
    refused: {},
    slowestMilliseconds: 0,
    largestAllocation: { bytes: 0, ofFiles: 0 },
    findings: [],
  };
}

/** Adds a tally to another. */
export function addTally(total: Tally, part: Tally): void {
  total.cases += part.cases;
  total.accepted += part.accepted;
  for (const [code, count] of Object.entries(part.refused)) {
    total.refused[code] = (total.refused[code] ?? 0) + count;
  }
  total.slowestMilliseconds = Math.max(total.slowestMilliseconds, part.slowestMilliseconds);
  const { bytes, ofFiles } = part.largestAllocation;
  total.largestAllocation = {
    bytes: Math.max(total.largestAllocation.bytes, bytes),
    ofFiles: Math.max(total.largestAllocation.ofFiles, ofFiles),
  };
  total.findings.push(...part.findings);
}
