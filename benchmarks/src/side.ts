import { createInterface } from 'node:readline';
import { openCheckpointSide } from './sides/checkpoint-side.js';
import { openPreferencePartsSide } from './sides/preference-parts-side.js';
import { openPreferenceSide } from './sides/preference-side.js';
import type { Side } from './sides/side.js';

// The process of one side. It is told its name and settings as arguments; each line on standard input asks for one
// measurement; facts, then answers, go out as JSON lines on standard output. It ends with its input.
const sides: Readonly<Record<string, (settings: never) => Promise<Side>>> = {
  checkpoint: openCheckpointSide,
  preference: openPreferenceSide,
  'preference-parts': openPreferencePartsSide,
};

const answers = process.stdout.write.bind(process.stdout);
const answer = (value: unknown): boolean => answers(`${JSON.stringify(value)}\n`);
// Libraries print to standard output; only answers may stand there.
process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;

const [name = '', settings = '{}'] = process.argv.slice(2);
const open = sides[name];
if (!open) throw new Error(`There is no side named ${name}.`);
const side = await open(JSON.parse(settings) as never);
answer(side.facts);
for await (const _request of createInterface({ input: process.stdin })) answer(await side.measure());
process.exit();
