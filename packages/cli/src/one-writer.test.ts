import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asOnlyWriter } from '@ais/runtime/files';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { capturedOutput } from '../test/captured-output.js';
import { runProgram } from './program.js';

const output = capturedOutput();
let scratch: string;
const at = (name: string): string => join(scratch, name);

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ais-one-writer-'));
  writeFileSync(at('pairs.jsonl'), '{"prompt": "a", "chosen": " b", "rejected": " c"}\n');
  writeFileSync(at('samples.jsonl'), '{"prompt": "a", "response": " b", "score": 1}\n');
});

afterAll(() => {
  rmSync(scratch, { recursive: true });
});

describe('what another command writes now is refused, and nothing is written', () => {
  test.each([
    [['data', 'export', 'pairs.jsonl', '--out', 'taken.jsonl']],
    [['data', 'shift', 'D1=samples.jsonl', '--out', 'taken.jsonl']],
    [['data', 'inspect', 'pairs.jsonl', '--html', 'taken.jsonl']],
    [['study', 'fig1', '--out', 'taken.jsonl']],
    [['report', 'samples.jsonl', '--out', 'taken.jsonl']],
  ])('%j', async (argv) => {
    const inScratch = argv.map((word) =>
      word.replace(/(pairs|samples)\.jsonl|taken\.jsonl/, (name) => at(name)),
    );
    await asOnlyWriter(at('taken.jsonl'), async () => {
      expect(await runProgram(inScratch)).toBe(1);
    });
    expect(output.err).toContain(`${at('taken.jsonl')} is in use by process ${process.pid}`);
    expect(existsSync(at('taken.jsonl'))).toBe(false);
  });
});
