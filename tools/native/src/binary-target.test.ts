import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { binaryTarget } from './binary-target.js';

function file(
  length: number,
  numbers: readonly (readonly [at: number, bytes: number, value: number])[],
): Buffer {
  const bytes = Buffer.alloc(length);
  for (const [at, size, value] of numbers) bytes.writeUIntLE(value, at, size);
  return bytes;
}

const elf = (machine: number): Buffer =>
  file(64, [
    [0, 4, 0x464c457f],
    [18, 2, machine],
  ]);

test.each([
  ['linux-x64', elf(0x3e)],
  ['linux-arm64', elf(0xb7)],
  [
    'darwin-arm64',
    file(64, [
      [0, 4, 0xfeedfacf],
      [4, 4, 0x0100000c],
    ]),
  ],
  [
    'win32-x64',
    file(160, [
      [0, 2, 0x5a4d],
      [0x3c, 4, 0x80],
      [0x84, 2, 0x8664],
    ]),
  ],
])('tells a binary for %s by its header', (platform, bytes) => {
  expect(binaryTarget(bytes)).toEqual({ platform, glibc: null, cxx: null });
});

test('tells the newest C and C++ library that is asked for, by number and not by letters', () => {
  const text = Buffer.from('\0GLIBC_2.9\0GLIBC_2.17\0GLIBC_2.2.5\0GLIBCXX_3.4\0GLIBCXX_3.4.18\0');
  expect(binaryTarget(Buffer.concat([elf(0x3e), text]))).toMatchObject({ glibc: '2.17', cxx: '3.4.18' });
});

test.runIf(process.platform === 'linux')('reads the program that runs this', () => {
  expect(binaryTarget(readFileSync(process.execPath)).platform).toBe(`linux-${process.arch}`);
});

test.each([
  ['text', Buffer.from('#!/bin/sh\necho no'.padEnd(64))],
  ['a binary for another processor', elf(0xf3)],
])('refuses %s', (_, bytes) => {
  expect(() => binaryTarget(bytes)).toThrow(/neither|processor 243/);
});
