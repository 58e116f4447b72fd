export {
  type CreatedPackage,
  type CreateOptions,
  createPackage,
  type TemplateName,
  templateNames,
} from './create-package.js';
export { CreateError, type CreateErrorCode } from './errors.js';
