// Feeds a reader of files with mutated ones and watches time, memory and errors.
//   pnpm fuzz:data TARGET [--count N] [--seed S] [--processes P] [--json]
// Exits 1 with findings, 2 for a wrong call.
import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as chat from '../dist/chat.js';
import * as formats from '../dist/formats.js';
import * as data from '../dist/index.js';
import * as tokenizer from '../dist/tokenizer.js';
import { emptyTally, readCase } from './read-case.js';
import { targets } from './targets.js';

/**
 * A process that computes at one case for so long, or does nothing at it for so long, is ended. On a busy machine,
 * waiting for a turn takes seconds; on none does it take minutes.
 */
const COMPUTING = 10_000;
const SILENCE = 300_000;
/** Bytes that a process may grow by, from its first hundred cases on. */
const GROWTH = 512 * 2 ** 20;

const ALL = targets({ ...data, ...chat, ...formats, ...tokenizer });
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    processes: { type: 'string', default: String(availableParallelism()) },
    json: { type: 'boolean', default: false },
  },
});
const [name = ''] = positionals;
const target = ALL.get(name);
if (target === undefined) {
  console.error(
    `Usage: pnpm fuzz:data TARGET --count N --json; TARGET is one of ${[...ALL.keys()].join(', ')}.`,
  );
  process.exit(2);
}
const seed = Number(values.seed);
if (process.send) await work();
else await supervise();

async function work() {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), `fuzz-${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.on('disconnect', () => process.exit());
  process.on('message', async ({ from, to }) => {
    const tally = emptyTally();
    for (let index = from; index < to; index++) {
      process.send({ at: index });
      await readCase({ target, seed, index, folder, tally });
    }
    process.send({ tally, resident: process.memoryUsage.rss() });
  });
  process.send({ ready: true });
}

/** Milliseconds that a process has computed, by Linux's accounts; elsewhere those that have passed. */
function computedBy({ pid }) {
  try {
    // After the name in brackets, user and system time are fields 12 and 13, in hundredths of a second.
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .split(') ')
      .at(-1)
      .split(' ')
      .slice(11);
    return 10 * (Number(user) + Number(system));
  } catch {
    return Date.now();
  }
}

async function supervise() {
  const count = Number(values.count);
  const start = performance.now();
  const ranges = [];
  for (let from = 0; from < count; from += 500) ranges.push({ from, to: Math.min(count, from + 500) });
  ranges.reverse();
  const total = emptyTally();
  let residentAtFirst = 0;
  let residentAtMost = 0;
  let told = start;
  const add = ({ tally, resident }, isFirst) => {
    for (const key of ['cases', 'accepted', 'differing']) total[key] += tally[key];
    for (const [code, times] of Object.entries(tally.refused)) {
      total.refused[code] = (total.refused[code] ?? 0) + times;
    }
    total.slowest = Math.max(total.slowest, tally.slowest);
    total.findings.push(...tally.findings);
    if (isFirst) residentAtFirst = Math.max(residentAtFirst, resident);
    residentAtMost = Math.max(residentAtMost, resident);
    if (performance.now() - told < 10_000) return;
    told = performance.now();
    console.error(`${total.cases} of ${count} cases, ${total.findings.length} findings`);
  };
  const runProcess = () =>
    new Promise((resolve) => {
      const child = fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
        execArgv: ['--max-old-space-size=1024'],
      });
      let range;
      let at;
      let since = { wall: Date.now(), computed: computedBy(child) };
      let isFirst = true;
      let kind = 'crash';
      const silence = setInterval(() => {
        if (range === undefined) return;
        const isSilent = Date.now() - since.wall > SILENCE;
        if (!isSilent && computedBy(child) - since.computed < COMPUTING) return;
        kind = 'hang';
        child.kill('SIGKILL');
      }, 500);
      child.on('message', (message) => {
        since = { wall: Date.now(), computed: computedBy(child) };
        if (message.at !== undefined) {
          at = message.at;
          return;
        }
        if (message.tally) {
          add(message, isFirst);
          isFirst = false;
        }
        range = ranges.pop();
        if (range === undefined) {
          child.disconnect();
          return;
        }
        at = range.from;
        child.send(range);
      });
      child.on('exit', (code, signal) => {
        clearInterval(silence);
        if (range === undefined) return resolve();
        // Its tally went with it: what came before the case is read again, and the case is passed over.
        total.findings.push({ case: at, kind, message: `the process ended at the case: ${signal ?? code}` });
        if (at > range.from) ranges.push({ from: range.from, to: at });
        if (at + 1 < range.to) ranges.push({ from: at + 1, to: range.to });
        resolve(runProcess());
      });
    });
  await Promise.all(Array.from({ length: Number(values.processes) }, runProcess));
  const seconds = (performance.now() - start) / 1000;
  const grownBytes = residentAtMost - residentAtFirst;
  if (grownBytes > GROWTH) total.findings.push({ kind: 'growth', message: `${grownBytes} bytes` });
  const report = {
    target: name,
    seed,
    ...total,
    slowest: Math.round(total.slowest),
    residentMegabytes: { first: Math.round(residentAtFirst / 1e6), most: Math.round(residentAtMost / 1e6) },
    seconds: Math.round(seconds),
  };
  console.log(JSON.stringify(report, null, values.json ? undefined : 2));
  process.exitCode = total.findings.length > 0 ? 1 : 0;
}
