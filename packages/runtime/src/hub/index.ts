export { HubError, type HubErrorCode, type HubFault } from '../errors.js';
export type { DownloadProgress, HubOptions, RepositoryKind } from './hub-options.js';
export { type HubRepository, isRepositoryName, openRepository } from './hub-repository.js';
export { type HubUpload, type UploadedCommit, type UploadOptions, uploadToHub } from './upload-to-hub.js';
