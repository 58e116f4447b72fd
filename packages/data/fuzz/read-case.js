import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Milliseconds that a case may take. */
const CASE = 1000;

/** What came of some cases; a finding is what must not be: a hang, or an error that is no DataError. */
export function emptyTally() {
  return { cases: 0, accepted: 0, differing: 0, refused: {}, slowest: 0, findings: [] };
}

/** Reads one mutated file, which the seed and the index determine, and adds what came of it to the tally. */
export async function readCase({ target, seed, index, folder, tally }) {
  const random = xoroshiro128plus(Math.imul(seed, 0x9e3779b1) ^ index);
  const below = (bound) => uniformInt(random, 0, Math.max(1, bound) - 1);
  const base = target.seeds[below(target.seeds.length)];
  const bytes = target.mutate(base.bytes, below);
  const path = join(folder, base.file.replace(/^.*\//, ''));
  writeFileSync(path, bytes);
  // Of wall time and computing time the lesser: on a busy machine, waiting for a turn is no hang.
  const computed = () => process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000;
  const timed = async () => {
    const start = [performance.now(), computed()];
    const outcome = await target.read(path, base, bytes).catch((error) => error);
    return { outcome, milliseconds: Math.min(performance.now() - start[0], computed() - start[1]) };
  };
  let { outcome, milliseconds } = await timed();
  // A busy machine stalls anything: only what is slow twice is slow.
  if (milliseconds > CASE) milliseconds = Math.min(milliseconds, (await timed()).milliseconds);
  tally.cases++;
  tally.slowest = Math.max(tally.slowest, milliseconds);
  const find = (kind, message) => tally.findings.push({ case: index, file: base.file, kind, message });
  if (milliseconds > CASE) find('hang', `${Math.round(milliseconds)} ms`);
  if (outcome === true) tally.accepted++;
  else if (outcome === false) tally.differing++;
  else if (outcome?.name === 'DataError') {
    const what = outcome.fault ?? outcome.code;
    tally.refused[what] = (tally.refused[what] ?? 0) + 1;
  } else find(outcome?.constructor?.name ?? 'error', String(outcome?.stack ?? outcome).slice(0, 600));
}
