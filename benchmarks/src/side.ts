import { createInterface } from 'node:readline';
import { type SideName, sides } from './sides/registry.js';
import type { Side } from './sides/side.js';

// The process of one side. It is told its name and settings as arguments; each line on standard input asks for one
// measurement; facts, then answers, go out as JSON lines on standard output. It ends with its input.
const write = process.stdout.write.bind(process.stdout);
// Libraries print to standard output; only answers may stand there.
process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
const answer = (value: unknown): boolean => write(`${JSON.stringify(value)}\n`);

const [name, settings = '{}'] = process.argv.slice(2);
const open = sides[name as SideName] as (settings: unknown) => Promise<Side>;
const side = await open(JSON.parse(settings));
answer(side.facts);
for await (const _request of createInterface({ input: process.stdin })) answer(await side.measure());
process.exit();
