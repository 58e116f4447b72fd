export { FileError, type FileErrorCode } from '../errors.js';
export { nodeBuiltin, nodeBuiltinIfThere } from '../node-builtins.js';
export { cacheDirectory } from './cache-directory.js';
export { editJson } from './edit-json.js';
export { explainFileError } from './explain-file-error.js';
export { readJson, readJsonLines, writeJson, writeJsonLines } from './json-files.js';
export {
  asOnlyWriter,
  isLocked,
  type TakeLockOptions,
  takeLock,
  type WithLockOptions,
  withLock,
} from './lock.js';
export { openToAppend } from './open-to-append.js';
export { type ProcessIdentity, processState, thisProcess } from './process-identity.js';
export { LONGEST_TEXT, readText } from './read-text.js';
export { sha256, sha256OfFile, sha256OfFolder, sha256OfJson } from './sha256.js';
export { type TemporaryFolder, temporaryFolder, withTemporaryFolder } from './temporary-folder.js';
export { temporaryPath } from './temporary-path.js';
export {
  makeWhole,
  makeWholeFolder,
  publish,
  removeLeftovers,
  removeWhole,
  writeWhole,
} from './whole.js';
