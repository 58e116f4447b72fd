import type { Registry } from '@ais/registry';
import type { ReadmeExample } from './readme-example.js';
import type { Toolchain } from './toolchain.js';

/** A package manager that installs what a README tells npm to install. */
export interface Client {
  /** The files that an empty folder needs, so that packages of the workspace come from the registry here. */
  settings(registry: Registry): Readonly<Record<string, string>>;
  /** The README's commands in the client's own words, for Bash. */
  translate(example: ReadmeExample, tools: Toolchain): string;
  /** The program that it is, if it does not come with Node. */
  readonly program?: string;
}

const npmrc = (registry: Registry): Readonly<Record<string, string>> => ({
  '.npmrc': registry.npmrc('@ais'),
});

/** `npm install` as another command; what npm installs for all goes into the folder, whose programs are found too. */
const instead =
  (command: string, packages: (name: string) => string = (name) => name) =>
  ({ commands }: ReadmeExample): string =>
    commands.replace(/^npm install (.*)$/gm, (_, given: string) => {
      const names = given.replace(/#.*/, '').split(/\s+/);
      return `${command} ${names
        .filter((name) => name !== '' && !name.startsWith('-'))
        .map(packages)
        .join(' ')}`;
    });

/** The clients, by name. */
export const CLIENTS: Readonly<Record<string, Client>> = {
  npm: { settings: npmrc, translate: ({ commands }) => commands },
  pnpm: {
    settings: (registry) => ({
      ...npmrc(registry),
      // These packages were published a moment ago, which pnpm distrusts.
      'pnpm-workspace.yaml': 'minimumReleaseAge: 0\n',
    }),
    translate: (example) =>
      example.pnpm === null ? instead('npx -y pnpm add')(example) : `npx -y ${example.pnpm}\n`,
  },
  yarn: {
    program: 'yarn@latest',
    settings: ({ url, upstream }) => ({
      'package.json': '{ "private": true }\n',
      'yarn.lock': '',
      '.yarnrc.yml': JSON.stringify({
        nodeLinker: 'node-modules',
        npmRegistryServer: upstream,
        npmScopes: { ais: { npmRegistryServer: url } },
        unsafeHttpWhitelist: ['127.0.0.1'],
        // Yarn distrusts what was published a moment ago, too.
        npmPreapprovedPackages: ['@ais/*'],
        enableTelemetry: false,
        enableScripts: false,
      }),
    }),
    translate: (example, tools) => instead(`node ${tools.get('yarn@latest')} add`)(example),
  },
  bun: {
    program: 'bun@latest',
    settings: npmrc,
    translate: (example, tools) => instead(`${tools.get('bun@latest')} add`)(example),
  },
  deno: {
    program: 'deno@latest',
    settings: npmrc,
    translate: (example, tools) =>
      instead(`${tools.get('deno@latest')} add --minimum-dependency-age=0`, (name) => `npm:${name}`)(example),
  },
};
