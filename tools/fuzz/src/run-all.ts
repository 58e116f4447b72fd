import { spawn } from 'node:child_process';
import { readJson, writeJson } from '@ais/runtime/files';
import type { Supervised } from './supervise.js';
import type { Finding, FuzzTarget } from './target.js';
import { versions } from './versions.js';

/** What came of one reader's cases, over all runs so far. */
export interface ReaderResults {
  /** Cases 0 up to this one were read. */
  readonly cases: number;
  readonly accepted: number;
  readonly refused: number;
  /** Of one case, the lesser of wall time and computing time. */
  readonly slowestMilliseconds: number;
  /** Of the whole process. */
  readonly peakResidentBytes: number;
  readonly processorSeconds: number;
  /** What is wrong with the version at hand. */
  readonly findings: readonly Finding[];
  /** What was wrong with an earlier version, and is read as it should be now. */
  readonly fixed: number;
}

/** The file that one run leaves, and the next one continues. */
export interface FuzzResults {
  readonly seed: number;
  readonly from: string;
  readonly to: string;
  /** Of each release and Node.js that cases were read with. */
  readonly versions: readonly string[];
  readonly readers: Readonly<Record<string, ReaderResults>>;
}

/** What came of all cases. */
export interface FuzzTotal {
  readonly cases: number;
  readonly findings: number;
  readonly fixed: number;
  readonly slowestMilliseconds: number;
  readonly peakResidentBytes: number;
}

export interface FuzzAllOptions {
  /** Of all readers together, those of earlier runs included. */
  readonly cases: number;
  readonly seed: number;
  /** The file with what was done before. */
  readonly results: string;
  /** The reader whose share is read before the others'; by default all run side by side. */
  readonly first?: string | undefined;
  /** What reads one reader's cases, in a process of its own. */
  readonly program: string;
  readonly say: (line: string) => void;
}

/** Cases that one process reads at most: its peak of memory is theirs, and what an interruption costs. */
const PORTION = 5_000;

const NOTHING: ReaderResults = {
  cases: 0,
  accepted: 0,
  refused: 0,
  slowestMilliseconds: 0,
  peakResidentBytes: 0,
  processorSeconds: 0,
  findings: [],
  fixed: 0,
};

/**
 * Lets all readers read their share of the cases, each portion in a process of its own, and keeps what came of it after
 * each portion: the next run continues there. What was found before is read again first.
 */
export async function fuzzAll(
  targets: readonly Pick<FuzzTarget, 'name' | 'share'>[],
  { cases, seed, results: path, first, program, say }: FuzzAllOptions,
): Promise<FuzzTotal> {
  const before = await readJson<FuzzResults>(path);
  const today = new Date().toISOString().slice(0, 10);
  let results: FuzzResults =
    before?.seed === seed ? before : { seed, from: today, to: today, versions: [], readers: {} };
  const keep = async (name: string, reader: ReaderResults): Promise<void> => {
    const readers = { ...results.readers, [name]: reader };
    const known = new Set([...results.versions, versions()]);
    results = { ...results, to: today, versions: [...known], readers };
    await writeJson(path, results);
  };
  const of = (name: string): ReaderResults => results.readers[name] ?? NOTHING;
  const read = (name: string, from: number, count: number): Promise<Portion> =>
    readPortion(program, { name, seed, from, count });

  for (const { name } of targets) {
    const { findings } = of(name);
    for (const finding of findings) {
      const again = await read(name, finding.case, 1);
      if (again.findings.length > 0) continue;
      const reader = of(name);
      const left = reader.findings.filter((each) => each !== finding);
      await keep(name, { ...reader, findings: left, fixed: reader.fixed + 1 });
    }
  }

  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  const wanted = targets.map(({ name, share }) => ({ name, count: Math.round((cases * share) / shares) }));
  for (;;) {
    const [least] = wanted
      .filter(({ name, count }) => of(name).cases < count)
      .sort((a, b) => of(a.name).cases / a.count - of(b.name).cases / b.count);
    const next = wanted.find(({ name, count }) => name === first && of(name).cases < count) ?? least;
    if (!next) return total(results);
    const { name, count } = next;
    const reader = of(name);
    const most = Math.min(count - reader.cases, PORTION);
    const portion = await read(name, reader.cases, most);
    const { processorSeconds, findings, stuck } = portion;
    const size = stuck ? stuck.at + 1 - reader.cases : most;
    let kept = added(reader, portion, size);
    // The process had to end with what came before the case that it was stuck at.
    if (stuck && stuck.at > stuck.from) {
      kept = added(kept, await read(name, stuck.from, stuck.at - stuck.from), 0);
    }
    await keep(name, kept);
    const rate = Math.round(size / processorSeconds);
    say(
      `${name}: ${reader.cases + size} of ${count}, ${rate} per second of computing, ${findings.length} findings`,
    );
  }
}

interface Portion extends Supervised {
  readonly processorSeconds: number;
}

function added(reader: ReaderResults, portion: Portion, size: number): ReaderResults {
  const refused = Object.values(portion.refused).reduce((sum, count) => sum + count, 0);
  return {
    // What ended its process was read too.
    cases: reader.cases + size,
    accepted: reader.accepted + portion.accepted,
    refused: reader.refused + refused,
    slowestMilliseconds: Math.max(reader.slowestMilliseconds, Math.round(portion.slowestMilliseconds)),
    peakResidentBytes: Math.max(reader.peakResidentBytes, portion.peakResidentBytes),
    processorSeconds: Math.round(reader.processorSeconds + portion.processorSeconds),
    findings: [...reader.findings, ...portion.findings],
    fixed: reader.fixed,
  };
}

function total({ readers }: FuzzResults): FuzzTotal {
  const all = Object.values(readers);
  const sum = (of: (reader: ReaderResults) => number): number =>
    all.reduce((so, reader) => so + of(reader), 0);
  return {
    cases: sum(({ cases }) => cases),
    findings: sum(({ findings }) => findings.length),
    fixed: sum(({ fixed }) => fixed),
    slowestMilliseconds: Math.max(...all.map(({ slowestMilliseconds }) => slowestMilliseconds)),
    peakResidentBytes: Math.max(...all.map(({ peakResidentBytes }) => peakResidentBytes)),
  };
}

function readPortion(
  program: string,
  { name, seed, from, count }: { name: string; seed: number; from: number; count: number },
): Promise<Portion> {
  const argv = [name, '--seed', `${seed}`, '--from', `${from}`, '--cases', `${count}`, '--json'];
  const child = spawn(process.execPath, [program, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (text: Buffer) => {
    said += text.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      try {
        resolve(JSON.parse(said) as Portion);
      } catch (cause) {
        reject(new Error(`${name} from case ${from}: its process ended (${signal ?? status}).`, { cause }));
      }
    });
  });
}
