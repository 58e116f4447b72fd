import { createRequire } from 'node:module';

/** What reads: the release of the packages, and Node.js. */
export function versions(): string {
  const { version } = createRequire(import.meta.url)('@ais/data/package.json') as {
    readonly version: string;
  };
  return `@ais/data ${version}, Node.js ${process.versions.node}`;
}
