import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  cacheDirectory,
  makeWholeFolder,
  type ProcessIdentity,
  processState,
  removeLeftovers,
  sha256OfJson,
  thisProcess,
  writeWhole,
} from '@ais/runtime/files';
import { type Artifacts, hashArtifacts } from '../artifacts.js';
import { contentFolder, plainName } from '../directory-store.js';
import { WorkflowError } from '../errors.js';
import { SILENCE_MS } from '../lease.js';
import type { StageOrder, StagePlace } from '../stage-order.js';
import type { StageSpec } from '../stage-spec.js';
import type { StageAttempt, StageRecord, StageState, StageStore } from '../stage-store.js';
import { readS3Address } from './s3-address.js';
import { plainPath, type S3Cache, s3Cache } from './s3-cache.js';
import { CONDITIONAL } from './s3-errors.js';
import { beginS3Heartbeat } from './s3-heartbeat.js';
import { connectS3, type S3Objects } from './s3-objects.js';

/** Options of `s3Store`. */
export interface S3StoreOptions {
  /** Names in a stage's folder that only serve to resume it: removed once it is finished. */
  readonly discard?: readonly string[];
  /** The folder for copies of what stages left, and for stages at work; by default one in the user's cache. */
  readonly cache?: string;
  /** The name of a stage's folder; by default `<kind>-<first 12 digits of the key>`. */
  readonly folder?: (stage: StageSpec) => string;
}

/**
 * Keeps stages in S3, or on a server that speaks its protocol and has conditional writes.
 *
 * Each file is an object that is named by its SHA-256. What decides is one object for each stage, `stage.json`: it names who
 * works on the stage, and is replaced by the stage's record if it is still as its holder left it. So a worker that lost its
 * stage cannot finish it, and there is one result. Stages work on this machine, in a folder of the cache; what they rest on is
 * fetched there once.
 *
 * Credentials come from the environment, a profile, or the machine, as with all clients of Amazon's.
 *
 * @param address `s3://bucket/prefix`, or `s3://bucket/prefix?endpoint=https://…` for a server of your own
 * @throws {WorkflowError} `invalid-address`; `missing-package` if the client is not installed; `store-failed` without a region
 * @example
 * const store = await s3Store('s3://bucket/stages');
 * const { failures } = await runStages([stageSpec(numbers, { upTo: 4 }, {})], { store, executor: localExecutor({ store, registry: { kinds: [numbers] } }) });
 * console.log(failures); // []
 */
export async function s3Store(
  address: string,
  { discard = [], cache: given, folder = contentFolder }: S3StoreOptions = {},
): Promise<StageStore> {
  const place = readS3Address(address);
  const objects = await connectS3(place);
  const root =
    given ?? join(cacheDirectory(), 'stores', sha256OfJson([place, objects.endpoint]).slice(0, 12));
  const cache = s3Cache(root);
  const nameOf = (stage: StageSpec | StagePlace): string =>
    plainName('folder' in stage ? stage.folder : folder(stage));
  const entryOf = async (stage: StageSpec | StagePlace): Promise<TaggedEntry | undefined> => {
    const found = await readEntry(objects, nameOf(stage));
    if (found && found.entry.key !== stage.key) {
      throw new WorkflowError(
        'stage-mismatch',
        `${objects.location(nameOf(stage))} holds the stage "${found.entry.kind}" made with other settings. ` +
          'Use the settings of that run, or choose another store.',
      );
    }
    return found;
  };
  const finished = async (stage: StageSpec | StagePlace): Promise<KeptRecord> => {
    const found = await entryOf(stage);
    if (found && isRecord(found.entry)) return found.entry;
    throw new WorkflowError('inputs-missing', `${objects.location(nameOf(stage))} is not finished.`);
  };
  // What was read once does not change.
  const known = new Map<string, KeptRecord>();
  let isTried: Promise<void> | undefined;

  return {
    address: { address, discard, ...(given !== undefined && { cache: given }) },
    folder,
    location: (stage) => objects.location(nameOf(stage)),
    async state(stage): Promise<StageState> {
      const found = await entryOf(stage);
      if (!found) return 'due';
      if (isRecord(found.entry)) return 'finished';
      if ((await holding(objects, nameOf(stage), found.entry.attempt)) === 'held') return 'running';
      return found.entry.attempt.failure === undefined ? 'begun' : 'failed';
    },
    // `read` takes the stage or its place, which is what the overloads of `StageStore` say.
    read: (async (stage: StageSpec | StagePlace) => {
      const entry = (await entryOf(stage))?.entry;
      return entry && isRecord(entry) ? entry : undefined;
    }) as StageStore['read'],
    async verify(stage) {
      const { files } = await finished(stage);
      for (const [file, sha256] of Object.entries(files)) {
        const found = await objects.hash(fileKey(nameOf(stage), sha256));
        if (found !== sha256) throw damaged(objects, nameOf(stage), file, found !== undefined);
      }
    },
    async open(stage, wanted = () => true) {
      const { files } = await finished(stage);
      const name = nameOf(stage);
      return cache.open({ folder: name, files }, wanted, (file, sha256, path) =>
        fetchFile(objects, name, { file, sha256 }, path),
      );
    },
    async failure(stage) {
      const entry = (await entryOf(stage))?.entry;
      return entry && !isRecord(entry) ? entry.attempt.failure : undefined;
    },
    async *records() {
      const names: string[] = [];
      for await (const name of objects.folders()) if (!name.startsWith('.')) names.push(name);
      for (let at = 0; at < names.length; at += LOOK_UPS) {
        const some = names.slice(at, at + LOOK_UPS);
        const found = await Promise.all(
          some.map(async (name) => known.get(name) ?? (await readEntry(objects, name))?.entry),
        );
        for (const [index, entry] of found.entries()) {
          if (!entry || !isRecord(entry)) continue;
          known.set(some[index] ?? '', entry);
          yield entry;
        }
      }
    },
    async begin(order) {
      isTried ??= requireConditionalWrites(objects, join(root, 'conditional-writes'));
      await isTried.catch((error: unknown) => {
        isTried = undefined;
        throw error;
      });
      return beginStage({ ...order, folder: plainName(order.folder) }, { objects, cache, discard }, () =>
        entryOf(order),
      );
    },
  };
}

/** Records that are looked up at once. */
const LOOK_UPS = 16;

/** The record of a finished stage, with the hashes of its files. */
interface KeptRecord extends StageRecord {
  readonly files: Artifacts;
}

/** What `stage.json` holds until the stage is finished: who works on it, and what earlier attempts left. */
interface BegunStage {
  readonly key: string;
  readonly kind: string;
  readonly attempt: {
    /** Grows by one with each attempt. */
    readonly token: number;
    /** The token with some random digits. */
    readonly name: string;
    /** The attempt whose folder this one takes over, until it has handed something back itself. */
    readonly from?: string;
    readonly holder: ProcessIdentity;
    readonly isOver: boolean;
    /** Seconds that attempts took which did not finish the stage. */
    readonly seconds: number;
    /** Why the last attempt failed. */
    readonly failure?: string;
    /** What the last attempt that gave the stage back left to resume from. */
    readonly left: Artifacts;
  };
}

type Entry = KeptRecord | BegunStage;

interface TaggedEntry {
  readonly entry: Entry;
  readonly tag: string;
}

const entryKey = (folder: string): string => `${folder}/stage.json`;
const fileKey = (folder: string, sha256: string): string => `${folder}/${sha256}`;
const beatKey = (folder: string, attempt: string): string => `${folder}/${attempt}.beat`;

function isRecord(entry: Entry): entry is KeptRecord {
  return 'files' in entry;
}

async function readEntry(objects: S3Objects, folder: string): Promise<TaggedEntry | undefined> {
  const key = entryKey(folder);
  const found = await objects.read(key);
  if (!found) return undefined;
  try {
    return { entry: JSON.parse(found.text) as Entry, tag: found.tag };
  } catch (cause) {
    const message = `${objects.location(key)} is not JSON. Remove it, and run again: the stage is then computed again.`;
    throw new WorkflowError('artifact-damaged', message, { cause });
  }
}

/** The folders on this machine that an attempt may have left, the last one first. */
function foldersOf(cache: S3Cache, folder: string, { name, from }: BegunStage['attempt']): string[] {
  // An entry leads to no folder outside the cache.
  return [name, from].flatMap((each) =>
    /^\d+-[0-9a-f]+$/.test(each ?? '') ? cache.workOf(folder, `${each}`) : [],
  );
}

/** `over`: it gave the stage back, or has ended. `silent`: it may have ended, or be cut off, or asleep. */
async function holding(
  objects: S3Objects,
  folder: string,
  { name, holder, isOver }: BegunStage['attempt'],
): Promise<'held' | 'silent' | 'over'> {
  if (isOver) return 'over';
  const state = await processState(holder);
  if (state === 'ended') return 'over';
  const age = await objects.age(beatKey(folder, name));
  if (age !== undefined && age <= SILENCE_MS) return 'held';
  return state === 'restarted' ? 'over' : 'silent';
}

async function beginStage(
  { folder, key, kind }: StageOrder,
  {
    objects,
    cache,
    discard,
  }: { readonly objects: S3Objects; readonly cache: S3Cache; readonly discard: readonly string[] },
  entryOf: () => Promise<TaggedEntry | undefined>,
): Promise<StageAttempt> {
  const found = await entryOf();
  const last = found && !isRecord(found.entry) ? found.entry.attempt : undefined;
  const state = last ? await holding(objects, folder, last) : 'over';
  if (state === 'held') throw busy(objects, folder);
  const token = (last?.token ?? 0) + 1;
  const name = `${token}-${randomUUID().slice(0, 8)}`;
  const directory = cache.workOf(folder, name);
  const before = last && foldersOf(cache, folder, last).find(existsSync);
  const attempted = { token, name, holder: await thisProcess(), isOver: false };
  const own: BegunStage['attempt'] = {
    ...attempted,
    seconds: last?.seconds ?? 0,
    left: last?.left ?? {},
    // Should this process end before it has taken that over, the next one does.
    ...(before !== undefined && { from: basename(before) }),
  };
  const beat = beatKey(folder, name);
  let tag = found?.tag;
  let holds = false;
  /** Replaces the entry if no other process has. */
  const enter = async (entry: Entry): Promise<void> => {
    tag = await objects.replace(entryKey(folder), JSON.stringify(entry), tag);
    holds = tag !== undefined;
    if (!holds) throw busy(objects, folder);
  };
  const enterAttempt = (attempt: BegunStage['attempt']): Promise<void> => enter({ key, kind, attempt });
  let endHeartbeat = (): void => {};
  let latest = own;
  let isFinished = found !== undefined && isRecord(found.entry);

  const release = async (): Promise<void> => {
    endHeartbeat();
    // Without a connection, the stage is given back by silence.
    if (holds && !isFinished) await enterAttempt({ ...latest, isOver: true }).catch(() => {});
    await objects.remove(beat).catch(() => {});
    if (isFinished) await cache.clear(folder);
    else if (!holds) await rm(directory, { recursive: true, force: true });
  };
  const uploadAll = async (files: Artifacts): Promise<void> => {
    for (const [file, sha256] of Object.entries(files)) {
      await objects.upload(fileKey(folder, sha256), join(directory, plainPath(file)));
    }
  };
  const keepCopy = async (files: Artifacts): Promise<void> => {
    // Only once the stage is finished: a process that is killed before resumes from it.
    for (const name of discard) await rm(join(directory, plainName(name)), { recursive: true, force: true });
    await cache.keep({ folder, files }, directory);
  };
  const requireHeld = async (): Promise<void> => {
    const now = await readEntry(objects, folder);
    if (isFinished || (now && isRecord(now.entry))) {
      holds = false;
      const location = objects.location(folder);
      throw new WorkflowError('stage-busy', `${location} has been finished by another process.`);
    }
    if (holds && now?.tag === tag) return;
    holds = false;
    throw busy(objects, folder);
  };

  try {
    if (!isFinished) {
      await objects.write(beat, '.');
      await enterAttempt(own);
      endHeartbeat = beginS3Heartbeat(objects.configuration, objects.at(beat));
      await takeOver(before, directory, state === 'over' && own.from === last?.name, async (copy) => {
        for (const [file, sha256] of Object.entries(own.left)) {
          await fetchFile(objects, folder, { file, sha256 }, join(copy, plainPath(file)));
        }
      });
    }
    await mkdir(directory, { recursive: true });
  } catch (error) {
    await release().catch(() => {});
    throw error;
  }
  return {
    directory,
    earlierSeconds: own.seconds,
    async commit(record) {
      // Before the folder is read, which a process that has lost the stage no longer has.
      await requireHeld();
      const files = await hashArtifacts(directory, { except: discard });
      await uploadAll(files);
      await enter({ ...record, files }).catch(async (error: unknown) => {
        await requireHeld();
        throw error;
      });
      isFinished = true;
      // The store has it: a copy that cannot be kept is fetched when it is needed.
      await keepCopy(files).catch(() => {});
      await removeOthers(objects, folder, files).catch(() => {});
    },
    async abandon(seconds, failure) {
      await requireHeld();
      const left = await hashArtifacts(directory);
      await uploadAll(left);
      latest = { ...attempted, seconds, left, ...(failure !== undefined && { failure }) };
      await enterAttempt(latest);
    },
    release,
  };
}

/**
 * Makes the folder of an attempt with what the last one left, whole or not at all: its folder if that is on this machine, which
 * is copied if its process may only be stalled, or else what it handed back.
 */
async function takeOver(
  before: string | undefined,
  directory: string,
  isOver: boolean,
  fetch: (copy: string) => Promise<void>,
): Promise<void> {
  if (before !== undefined && isOver) await rename(before, directory);
  else {
    await makeWholeFolder(directory, (copy) =>
      before === undefined ? fetch(copy) : cp(before, copy, { recursive: true }),
    );
  }
  await removeLeftovers(directory);
}

async function fetchFile(
  objects: S3Objects,
  folder: string,
  { file, sha256 }: { readonly file: string; readonly sha256: string },
  path: string,
): Promise<void> {
  const key = fileKey(folder, sha256);
  let found = await objects.download(key, path, sha256);
  // Once more, because a network may have changed it.
  if (found === 'different') found = await objects.download(key, path, sha256);
  if (found !== 'whole') throw damaged(objects, folder, file, found === 'different');
}

/** Removes what attempts left that the finished stage does not need. */
async function removeOthers(objects: S3Objects, folder: string, files: Artifacts): Promise<void> {
  const kept = new Set([entryKey(folder), ...Object.values(files).map((sha256) => fileKey(folder, sha256))]);
  for await (const key of objects.list(`${folder}/`)) if (!kept.has(key)) await objects.remove(key);
}

/** Finds out once for each machine whether the server refuses writes whose condition does not hold. */
async function requireConditionalWrites(objects: S3Objects, marker: string): Promise<void> {
  if (existsSync(marker)) return;
  const key = `.probe-${randomUUID()}`;
  const first = await objects.replace(key, 'first', undefined);
  const again = await objects.replace(key, 'again', undefined);
  const stale = await objects.replace(key, 'stale', '"00000000000000000000000000000000"');
  const next = first === undefined ? undefined : await objects.replace(key, 'next', first);
  await objects.remove(key);
  if (first === undefined || again !== undefined || stale !== undefined || next === undefined) {
    throw new WorkflowError(
      'store-failed',
      `${objects.location('')}: the server accepts writes that it should refuse. ${CONDITIONAL}`,
    );
  }
  await writeWhole(marker, '');
}

function busy(objects: S3Objects, folder: string): WorkflowError {
  return new WorkflowError(
    'stage-busy',
    `another process works on the stage in ${objects.location(folder)}.`,
  );
}

function damaged(objects: S3Objects, folder: string, file: string, isThere: boolean): WorkflowError {
  const location = objects.location(folder);
  return new WorkflowError(
    'artifact-damaged',
    `${location}: ${file} is ${isThere ? 'not what its stage left: its SHA-256 differs' : 'missing'}. ` +
      `Remove ${location}/ and run again: the stage is then computed again.`,
  );
}
