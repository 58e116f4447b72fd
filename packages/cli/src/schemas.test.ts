import { type CommandName, settingsJsonSchema } from '@ais/studies';
import { expect, test } from 'vitest';

// `npx vitest run packages/cli/src/schemas.test.ts --update` writes them anew after a change of the settings.
test.each<CommandName>(['sft', 'reward', 'train', 'generate', 'label', 'evaluate'])(
  'the published JSON Schema of ais %s is that of the settings',
  async (command) => {
    const schema = settingsJsonSchema(command);
    expect(schema['additionalProperties']).toBe(false);
    await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(
      `../schemas/${command}.schema.json`,
    );
  },
);
