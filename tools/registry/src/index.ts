export { packAddonPlaces } from './addon-places.js';
export { CommandError, type ExecuteOptions, execute } from './execute.js';
export { type PackedPackage, type PublishedPackage, packPackages, publishedPackages } from './packages.js';
export { type Registry, startRegistry } from './start-registry.js';
