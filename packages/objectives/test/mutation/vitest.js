// What the tests use of vitest, without its workers: tests are collected once and can be run again and again.
import { expect } from 'vitest';

export { expect };

/**
 * @typedef {{ id: string, file: string, run: () => unknown }} CollectedTest
 * @type {CollectedTest[]}
 */
let collected = [];
const path = [];
let file = '';

/** Ends one collection and begins the next. */
export function takeTests() {
  const tests = collected;
  collected = [];
  return tests;
}

/** Names the file that the tests to come are of. */
export function enterFile(name) {
  file = name;
}

export function it(name, run) {
  const id = [file, ...path, `${name} #${collected.length}`].join(' › ');
  collected.push({ id, file, run });
}
it.each = (rows) => (name, run) => {
  for (const row of rows) it(name, () => run(...cells(row)));
};

export function describe(name, body) {
  path.push(name);
  body();
  path.pop();
}
describe.each = (rows) => (name, body) => {
  for (const row of rows) describe(`${name} ${String(cells(row)[0])}`, () => body(...cells(row)));
};

export { it as test };

function cells(row) {
  return Array.isArray(row) ? row : [row];
}
