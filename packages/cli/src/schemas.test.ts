import { readFileSync, writeFileSync } from 'node:fs';
import { type CommandName, settingsJsonSchema, studyJsonSchema } from '@ais/studies';
import { expect, test } from 'vitest';

// AIS_WRITE_SCHEMAS=1 npx vitest run packages/cli/src/schemas.test.ts && npx -y pnpm format writes them anew.
test.each<CommandName | 'study'>(['sft', 'reward', 'train', 'generate', 'label', 'evaluate', 'study'])(
  'the published JSON Schema of ais %s is that of the settings',
  (command) => {
    const path = new URL(`../schemas/${command}.schema.json`, import.meta.url);
    const schema = command === 'study' ? studyJsonSchema() : settingsJsonSchema(command);
    expect(schema['additionalProperties']).toBe(false);
    if (process.env['AIS_WRITE_SCHEMAS']) writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(schema);
  },
);
