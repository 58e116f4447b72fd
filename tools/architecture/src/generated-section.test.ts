import { expect, test } from 'vitest';
import { replaceSection } from './generated-section.js';

const page = `# Title

<!-- generated: picture -->

old

<!-- end -->

Text.

<!-- generated: table -->
<!-- end -->
`;

test('a section is replaced, and everything around it stays', () => {
  const written = replaceSection(page, 'picture', 'new');
  expect(written).toBe(page.replace('old', 'new'));
  expect(replaceSection(written, 'picture', 'new')).toBe(written);
  expect(replaceSection(page, 'table', '| a |')).toContain(
    '<!-- generated: table -->\n\n| a |\n\n<!-- end -->\n',
  );
});

test('a section that is not there is named', () => {
  expect(() => replaceSection(page, 'map', '')).toThrow('"<!-- generated: map -->"');
});
