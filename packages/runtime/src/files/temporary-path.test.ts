import { expect, it } from 'vitest';
import { machineTag, temporaryPath } from './temporary-path.js';
import { type Machine, thisMachine } from './this-machine.js';

it('says on which machine a file is made, also among those of one host name and of one image', () => {
  const machine: Machine = { host: 'localhost', machine: 'a', boot: 'x', namespace: 'pid:[1]' };
  const others = [
    { machine: 'b' },
    { boot: 'y' },
    { host: 'other' },
    { namespace: 'pid:[2]' },
    { boot: null },
  ];
  const tags = [machine, ...others.map((other) => ({ ...machine, ...other }))].map(machineTag);
  expect(new Set(tags).size).toBe(tags.length);
  expect(machineTag({ ...machine })).toBe(tags[0]);
  expect(temporaryPath('pairs.jsonl')).toContain(`.tmp-${process.pid}-${machineTag(thisMachine())}`);
});
