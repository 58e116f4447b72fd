import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { publishedPackages } from '@ais/registry';

/** Where the repository is, such as `https://github.com/owner/name`: the root's package.json says it, and nothing else decides it. */
export interface RepositoryAddress {
  readonly url: string;
  readonly owner: string;
}

/** Stands for the address until it is known. Nothing is published with it. */
export const PLACEHOLDER = 'https://github.com/example/ais';

export function repositoryAddress(root: string): RepositoryAddress {
  const { repository } = readJson(join(root, 'package.json')) as { repository?: { url?: string } };
  const url = /^git\+(https:\/\/.*)\.git$/.exec(repository?.url ?? '')?.[1];
  if (url === undefined) throw new Error('package.json: repository.url must be git+https://….git');
  return parseAddress(url);
}

export function parseAddress(url: string): RepositoryAddress {
  const owner = /^https:\/\/[\w.-]+\/([\w.-]+)\/[\w.-]+$/.exec(url)?.[1];
  if (owner === undefined) {
    throw new Error(`expected an address such as https://github.com/owner/name, got ${url}`);
  }
  return { url, owner };
}

/** The fields of a package's manifest that say where it comes from. */
export function originFields({ url }: RepositoryAddress, folder: string): Readonly<Record<string, unknown>> {
  return {
    homepage: `${url}/tree/main/packages/${folder}#readme`,
    bugs: { url: `${url}/issues` },
    repository: { type: 'git', url: `git+${url}.git`, directory: `packages/${folder}` },
    license: 'Apache-2.0',
    author: 'The ais authors',
  };
}

/** Every place that says something else about the repository's address than the root's package.json. */
export async function addressFaults(root: string): Promise<string[]> {
  const address = repositoryAddress(root);
  const faults: string[] = [];
  for (const { directory } of await publishedPackages(root)) {
    const manifest = readJson(join(directory, 'package.json')) as Record<string, unknown>;
    for (const [field, value] of Object.entries(originFields(address, basename(directory)))) {
      const found = JSON.stringify(manifest[field]);
      if (found !== JSON.stringify(value)) {
        faults.push(
          `packages/${basename(directory)}/package.json: ${field} must be ${JSON.stringify(value)}, got ${found}`,
        );
      }
    }
  }
  for (const file of trackedFiles(root)) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [link, found = '', path = ''] of text.matchAll(LINK_TO_A_FILE)) {
      // A link to a file that is here belongs to this repository.
      if (found !== address.url && existsSync(join(root, decodeURI(path)))) {
        faults.push(`${file}: ${link} must begin with ${address.url}`);
      }
    }
  }
  const owners = join(root, '.github/CODEOWNERS');
  if (existsSync(owners) && !readFileSync(owners, 'utf8').includes(`@${address.owner}`)) {
    faults.push(`.github/CODEOWNERS: names no user or team of @${address.owner}`);
  }
  return faults;
}

const LINK_TO_A_FILE =
  /(https:\/\/[\w.-]+\/[\w.-]+\/[\w.-]+)\/(?:blob|tree|raw|edit)\/main\/([\w./%-]*[\w/%-])/g;

/** Changes the address everywhere, and returns the files that were changed. */
export function changeAddress(root: string, next: RepositoryAddress): string[] {
  const now = repositoryAddress(root);
  if (now.url === next.url) return [];
  const changed: string[] = [];
  for (const file of trackedFiles(root)) {
    const path = join(root, file);
    const text = readFileSync(path, 'utf8');
    const whole = new RegExp(`${escaped(now.url)}(?![\\w-])`, 'g');
    let renewed = text.replace(whole, () => next.url);
    if (file === '.github/CODEOWNERS') renewed = renewed.replaceAll(`@${now.owner}`, `@${next.owner}`);
    // The placeholder in this tool stays what it is.
    if (renewed === text || file === 'tools/release/src/repository-address.ts') continue;
    writeFileSync(path, renewed);
    changed.push(file);
  }
  return changed;
}

/** Files of words: those that Git keeps, without lock files, fixtures, and results. */
function trackedFiles(root: string): string[] {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  return files
    .split('\n')
    .filter((file) => /(\.(md|json|ya?ml|ts|js|html)|CODEOWNERS)$/.test(file))
    .filter((file) => !/(^|\/)(fixtures|results)\/|lock\.yaml$/.test(file) && existsSync(join(root, file)));
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
