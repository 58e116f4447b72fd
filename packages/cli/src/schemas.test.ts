import { readFileSync, writeFileSync } from 'node:fs';
import { settingsJsonSchema } from '@ais/pipeline/settings';
import { studyFileJsonSchema, studyJsonSchema } from '@ais/studies/settings';
import { expect, test } from 'vitest';

// AIS_WRITE_SCHEMAS=1 npx vitest run packages/cli/src/schemas.test.ts && npx -y pnpm format writes them again.
test.each([
  ['ais', settingsJsonSchema],
  ['study-settings', studyJsonSchema],
  ['study', studyFileJsonSchema],
])('the published JSON Schema %s is that of the settings', (name, make) => {
  const path = new URL(`../schemas/${name}.schema.json`, import.meta.url);
  const schema = make();
  expect(schema['additionalProperties']).toBe(false);
  if (process.env['AIS_WRITE_SCHEMAS']) writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(schema);
});
