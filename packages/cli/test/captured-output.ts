import { afterEach, beforeEach, vi } from 'vitest';

/** The output of a test's program: caught, instead of printed among the tests' results. */
export interface CapturedOutput {
  /** Standard output and standard error of the test so far. */
  out: string;
  err: string;
}

/** Catches what the process writes during each test of a file. */
export function capturedOutput(): CapturedOutput {
  const output: CapturedOutput = { out: '', err: '' };
  beforeEach(() => {
    output.out = '';
    output.err = '';
    for (const [stream, name] of [
      [process.stdout, 'out'],
      [process.stderr, 'err'],
    ] as const) {
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        output[name] += text;
        return true;
      });
    }
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
  return output;
}
