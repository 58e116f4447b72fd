// Makes a JSONL file of so many gigabytes, reads it as records, and prints the peak resident size of the process.
//   node packages/data/bench/measure-memory.js [gigabytes]     (after a build)
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonlRows } from '../dist/formats.js';
import { textSource } from '../dist/index.js';

const bytes = Number(process.argv[2] ?? 1) * 1e9;
const folder = mkdtempSync(join(tmpdir(), 'ais-memory-'));
const path = join(folder, 'posts.jsonl');
const file = openSync(path, 'w');
let written = 0;
let made = 0;
while (written < bytes) {
  let block = '';
  for (let index = 0; index < 500; index++) {
    const id = `post-${made++}`;
    block += `${JSON.stringify({ id, subreddit: 'tifu', title: `Post ${made}`, post: `${id} went to the lake. `.repeat(60), summary: `Lake ${made}.` })}\n`;
  }
  written += writeSync(file, block);
}
closeSync(file);
const before = process.memoryUsage.rss();
const start = performance.now();
let records = 0;
for await (const record of textSource(jsonlRows(path)).records()) if (record.prompt.length > 0) records++;
const seconds = (performance.now() - start) / 1000;
rmSync(folder, { recursive: true });
if (records !== made) throw new Error(`${records} records of ${made}`);
console.log(
  JSON.stringify({
    gigabytes: written / 1e9,
    records,
    residentMegabytesBefore: Math.round(before / 1e6),
    peakResidentMegabytes: Math.round(process.resourceUsage().maxRSS / 1e3),
    seconds: Math.round(seconds),
  }),
);
