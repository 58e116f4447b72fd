export { withEndpoint } from './s3-address.js';
export { type S3StoreOptions, s3Store } from './s3-store.js';
