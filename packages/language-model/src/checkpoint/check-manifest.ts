import { nodeBuiltin, readText, sha256OfFile } from '@ais/runtime/files';
import { CheckpointError } from '../errors.js';
import { isAdditionalTemplate, TEMPLATES_FOLDER } from './companion-files.js';

/** What a run writes into its checkpoints last: their files, with size and SHA-256. */
const MANIFEST = 'manifest.json';

/** What a model is not made of; only `--resume` reads it. */
const OF_TRAINING = /^(optimizer\.safetensors|trainer-state\.json|metrics\.jsonl)$/;
/** What a model may be made of. */
const OF_MODEL = /\.(json|jinja|safetensors|gguf|txt|model)$/;

interface Described {
  readonly bytes: number;
  readonly sha256: string;
}

const REMEDY =
  'Use another checkpoint of the run, or a copy that is whole. If the change is your own, remove manifest.json.';

/**
 * Checks that a model's files are those that the manifest beside them describes; a folder without one is trusted.
 *
 * What was checked before and has not been touched since is not hashed again.
 *
 * @throws {CheckpointError} `checkpoint-corrupt` naming the file that is missing, changed, or foreign
 */
export async function checkManifest(folder: string, names: readonly string[]): Promise<void> {
  if (!names.includes(MANIFEST)) return;
  const { readdir, stat } = nodeBuiltin('node:fs/promises', 'Reading a model');
  const { join } = nodeBuiltin('node:path', 'Reading a model');
  const text = await readText(join(folder, MANIFEST));
  const files = filesOf(text);
  if (files === undefined) {
    // A folder from elsewhere may have a manifest of another kind.
    if (!names.includes('trainer-state.json')) return;
    throw corrupt(join(folder, MANIFEST), 'it is damaged.');
  }
  const templates = await readdir(join(folder, TEMPLATES_FOLDER)).catch(() => []);
  const inside = templates.map((name) => `${TEMPLATES_FOLDER}/${name}`).filter(isAdditionalTemplate);
  for (const name of [...names, ...inside]) {
    if (OF_MODEL.test(name) && name !== MANIFEST && files[name] === undefined)
      throw corrupt(
        join(folder, name),
        'it does not belong to this checkpoint: manifest.json does not name it.',
      );
  }
  for (const [name, { bytes, sha256 }] of Object.entries(files)) {
    if (OF_TRAINING.test(name)) continue;
    const file = join(folder, name);
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) throw corrupt(file, 'it is missing.');
    const seen = [file, found.ino, found.mtimeMs, found.ctimeMs, found.size, sha256].join(' ');
    if (checked.has(seen)) continue;
    if (found.size !== bytes || (await sha256OfFile(file)) !== sha256)
      throw corrupt(file, 'its content is not what manifest.json beside it says.');
    checked.add(seen);
  }
}

const checked = new Set<string>();

/** The files of a run's manifest; undefined if it is none. */
function filesOf(text: string): Readonly<Record<string, Described>> | undefined {
  let json: { readonly format?: unknown; readonly files?: unknown } | null;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { format, files } = json ?? {};
  if (format !== 1 || typeof files !== 'object' || files === null) return undefined;
  const isDescribed = (value: Partial<Described> | null): boolean =>
    typeof value?.bytes === 'number' && typeof value.sha256 === 'string';
  // A name that leads out of the folder describes no file of it.
  const isInside = (name: string): boolean =>
    !name.split(/[/\\]/).includes('..') && !/^([/\\]|\w:)/.test(name);
  return Object.entries(files).every(([name, value]) => isInside(name) && isDescribed(value))
    ? (files as Record<string, Described>)
    : undefined;
}

function corrupt(file: string, what: string): CheckpointError {
  return new CheckpointError('checkpoint-corrupt', `${what} ${REMEDY}`, { file });
}
