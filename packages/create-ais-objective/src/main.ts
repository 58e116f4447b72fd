import { parseArgs } from 'node:util';
import { createPackage, type TemplateName } from './create-package.js';
import { CreateError } from './errors.js';

const USAGE = `A package of your own for ais, ready to test and publish.

  npm create ais-objective my-objective
  npm create ais-objective my-judge -- --template judge

Templates:
  objective   a loss to train with (the default)
  family      a family of language models
  source      text to train on
  judge       what scores responses
`;

const uses: Readonly<Record<TemplateName, (name: string) => string>> = {
  objective: (name) => `ais train --objective ${name}`,
  family: () => 'loadPretrained(folder, { architectures: [yours] })',
  source: (name) => `npx ${name} prepared/${name}`,
  judge: (name) => `ais label --scorer ${name}#judge`,
};

/** Where the program prints. */
export interface Output {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

/**
 * Runs `npm create ais-objective` with its arguments.
 *
 * @returns the exit status: 0, 1 (it failed), or 2 (wrong usage)
 */
export async function main(argv: readonly string[], { out, error }: Output, parent = '.'): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { template: { type: 'string', short: 't' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    const [name, ...more] = positionals;
    if (values.help) {
      out(USAGE);
      return 0;
    }
    if (name === undefined || more.length > 0) {
      error(USAGE);
      return 2;
    }
    const { template: chosen } = values;
    const { directory, template, files } = await createPackage({
      name,
      parent,
      ...(chosen && { template: chosen }),
    });
    out(
      `${directory}: ${files.length} files\n\n  cd ${directory}\n  npm install\n  npm test\n\nThen: ${uses[template](name)}. The README says the rest.\n`,
    );
    return 0;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    error(`${message}\n`);
    if (thrown instanceof CreateError) return thrown.exit === 'usage' ? 2 : 1;
    return isWrongArgument(thrown) ? 2 : 1;
  }
}

function isWrongArgument(thrown: unknown): boolean {
  return (
    thrown instanceof TypeError && String((thrown as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')
  );
}
