import { describe, expect, it } from 'vitest';
import { createChatTemplate } from '../chat/chat-template.js';
import { collectRecords } from '../records/collect-records.js';
import type { TextRecord } from '../records/record.js';
import { factsScore } from './facts-score.js';
import { factsRequest, factsSentence, factsSource, promptFacts } from './facts-source.js';
import { openSource } from './open-source.js';

const chatTemplate = createChatTemplate({
  chat: '{% for m in messages %}<{{ m.role }}>{{ m.content }}</>{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}',
});
const collect = (seed: number, count: number): Promise<TextRecord[]> =>
  collectRecords(factsSource({ seed, count, chatTemplate }));

describe('factsSource', () => {
  it('asks the model in its chat template, after an example of another place', async () => {
    const [record] = await collect(17, 1);
    expect(record).toMatchInlineSnapshot(`
      {
        "id": "facts-17-0",
        "prompt": "<user>Write one sentence with these facts.
      Name: The White Horse
      Kind: hotel
      Near: the beach
      Has: sauna</><assistant>The White Horse is a hotel near the beach with a sauna.</><user>Write one sentence with these facts.
      Name: The Silver Fox
      Kind: pub
      Near: the river
      Prices: low
      Has: terrace</><assistant>",
        "response": "The Silver Fox is a pub near the river with a terrace and low prices.</>",
      }
    `);
  });

  it('writes the same records for a seed, the first of them for a smaller count, and no facts twice', async () => {
    const records = await collect(17, 60);
    expect(await collect(17, 20)).toEqual(records.slice(0, 20));
    expect((await collect(18, 60)).map(({ prompt }) => prompt)).not.toEqual(
      records.map(({ prompt }) => prompt),
    );
    expect(new Set(records.map(({ prompt }) => prompt)).size).toBe(60);
  });

  it('reads the facts back from the prompt, and not those of the example', async () => {
    for (const { prompt, response } of await collect(7, 60)) {
      const facts = promptFacts({ prompt });
      expect([4, 5]).toContain(facts.length);
      expect(prompt).toContain(factsRequest(facts));
      expect(response).toBe(`${factsSentence(facts)}</>`);
      expect(factsScore({ prompt }, factsSentence(facts))).toBe(10);
    }
  });

  it('is a source of text by its name, for models with a chat template', async () => {
    const { kind, source } = openSource('facts', { seed: 17, count: 3, chatTemplate });
    expect(kind).toBe('text');
    expect(await collectRecords(source as never)).toEqual(await collect(17, 3));
    expect(() => openSource('facts')).toThrow(/no chat template.*--chat-template chatml/);
    expect(() => openSource('facts', { kind: 'comparisons', chatTemplate })).toThrow(/has no comparisons/);
  });

  it('refuses a count that is none, and prompts without facts', () => {
    for (const count of [-1, 1.5, 1e6]) {
      expect(() => factsSource({ seed: 1, count, chatTemplate })).toThrow(/count must be an integer from 0/);
    }
    expect(() => promptFacts({ id: 'x', prompt: 'Name: Bob' })).toThrow(/Record x: the prompt is not one/);
  });
});
