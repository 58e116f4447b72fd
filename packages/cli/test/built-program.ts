import { fileURLToPath } from 'node:url';

/** The built command, which starts at once; `pnpm test` builds it. */
export const builtProgram: string = fileURLToPath(new URL('../dist/bin.js', import.meta.url));
