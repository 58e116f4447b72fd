/** The machine that a binary is for, from its first bytes, and what it needs of the C and the C++ library. */
export interface BinaryTarget {
  /** As packages are called: `linux-arm64`. */
  readonly platform: string;
  /** The newest version of the GNU C library that a symbol asks for; null if none does. */
  readonly glibc: string | null;
  /** The same of the GNU C++ library. */
  readonly cxx: string | null;
}

/**
 * Reads the headers of ELF, Mach-O, and PE files.
 *
 * @throws if it is none of these, or for another processor than those that there are packages for
 */
export function binaryTarget(bytes: Buffer): BinaryTarget {
  const text = bytes.toString('latin1');
  return {
    platform: platformOf(bytes),
    glibc: newest(text, /GLIBC_(\d+(?:\.\d+)+)/g),
    cxx: newest(text, /GLIBCXX_(\d+(?:\.\d+)+)/g),
  };
}

/** Which of two versions is newer: positive if it is the first. */
export function compareVersions(a: string, b: string): number {
  const [first, second] = [a, b].map((version) => version.split('.').map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (first?.[index] ?? 0) - (second?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function newest(text: string, pattern: RegExp): string | null {
  const versions = [...text.matchAll(pattern)].map(([, version = '']) => version);
  return versions.sort(compareVersions).at(-1) ?? null;
}

function platformOf(bytes: Buffer): string {
  if (bytes.readUInt32BE(0) === 0x7f454c46) {
    return named('linux', { 62: 'x64', 183: 'arm64' }, bytes.readUInt16LE(18));
  }
  if (bytes.readUInt32LE(0) === 0xfeedfacf) {
    return named('darwin', { 16777223: 'x64', 16777228: 'arm64' }, bytes.readUInt32LE(4));
  }
  if (bytes.toString('latin1', 0, 2) === 'MZ') {
    const header = bytes.readUInt32LE(0x3c);
    return named('win32', { 34404: 'x64', 43620: 'arm64' }, bytes.readUInt16LE(header + 4));
  }
  throw new Error('This is neither an ELF, nor a Mach-O, nor a PE file.');
}

function named(system: string, processors: Readonly<Record<number, string>>, code: number): string {
  const processor = processors[code];
  if (processor === undefined) throw new Error(`This is for the processor ${code} of ${system}.`);
  return `${system}-${processor}`;
}
