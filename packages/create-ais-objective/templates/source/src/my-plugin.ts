import type { Source, TextRecord } from '@ais/data';

export interface MyPluginOptions {
  /** How many records; 200 by default. */
  readonly count?: number;
}

/**
 * Sums of two numbers: an example to replace with a database, an API, or files of your own.
 *
 * Prompt and response are exactly what the model sees, spaces included. The same records must come every time, and ids are unique;
 * records of one `family` stay on one side of the split.
 */
export function myPlugin({ count = 200 }: MyPluginOptions = {}): Source<TextRecord> {
  return {
    name: 'my-plugin',
    async *records() {
      for (let id = 0; id < count; id += 1) {
        const [a, b] = [id % 20, Math.floor(id / 20)];
        yield { id: String(id), prompt: `What is ${a} plus ${b}?`, response: ` It is ${a + b}.` };
      }
    },
  };
}
