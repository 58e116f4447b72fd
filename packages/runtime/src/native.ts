export { FileError, type FileErrorCode, NativeInstallError, type NativeInstallErrorCode } from './errors.js';
export { cacheDirectory } from './files/cache-directory.js';
export type { NativePackage, NativePackageName } from './native-package.js';
export {
  type BringLibraryOptions,
  bringLibrary,
  buildPrebuilt,
  type PrebuiltBuildOptions,
} from './provision/build-prebuilt.js';
export {
  installNative,
  type NativeInstallOptions,
  type NativeInstallProgress,
  type NativeInstallReport,
  type NativeInstallSeams,
} from './provision/install-native.js';
export { type PrebuiltManifest, prebuiltName } from './provision/prebuilt-addon.js';
