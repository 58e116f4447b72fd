import type { PrebuiltManifest } from '@ais/runtime/native';

/** The manifest that is published, from the one of the workspace, which is private. */
export function packageManifest(
  { private: _, ...own }: Readonly<Record<string, unknown>>,
  system: string,
  architecture: string,
): Readonly<Record<string, unknown>> {
  return {
    ...own,
    os: [system],
    cpu: [architecture],
    // The libraries of TensorFlow's wheels are for the GNU C library.
    ...(system === 'linux' && { libc: ['glibc'] }),
    exports: {
      './manifest.json': './manifest.json',
      './tfjs_binding.node': './tfjs_binding.node',
      './package.json': './package.json',
    },
    files: ['manifest.json', 'tfjs_binding.node'],
    preferUnplugged: true,
    publishConfig: { access: 'public' },
  };
}

/** What npm shows of the package. */
export function packageReadme(
  name: string,
  { tensorflow, package: of, version, sources, addon }: PrebuiltManifest,
  glibc: string | null,
): string {
  return `# ${name}

The compiled addon of ${of} ${version}, for TensorFlow ${tensorflow}. \`@ais/runtime\` installs it where it fits, and
\`ais native install\` uses it instead of a compiler. It holds no library of TensorFlow: that comes from a pinned wheel.

| | |
|---|---|
| addon | \`${addon.file}\`, ${addon.bytes} bytes |
| SHA-256 | \`${addon.sha256}\` |
| sources | \`binding/\` of ${of} ${version}, SHA-256 \`${sources}\` |
${glibc === null ? '' : `| needs | GNU C library ${glibc} or newer |\n`}
\`manifest.json\` says the same for programs. Node-API 8 is stable, so one addon serves Node 20 and everything newer.
`;
}
