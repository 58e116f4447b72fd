#!/usr/bin/env node
import { prepare } from './prepare.js';

const [directory, model] = process.argv.slice(2);
if (directory === undefined) {
  console.error('Usage: my-plugin <folder> [model]');
  process.exitCode = 2;
} else {
  const records = await prepare(directory, model);
  console.log(`${records} records. Next: ais sft --source ${directory}`);
}
