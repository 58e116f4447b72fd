export { FileError, type FileErrorCode, NativeInstallError, type NativeInstallErrorCode } from './errors.js';
export { cacheDirectory } from './files/cache-directory.js';
export {
  installNative,
  type NativeInstallOptions,
  type NativeInstallProgress,
  type NativeInstallReport,
} from './provision/install-native.js';
