export { studyFileJsonSchema } from './catalog/described-study.js';
export {
  changeStudies,
  configuredStudies,
  configureStudies,
  keepStudyConfiguration,
  readStudyConfiguration,
  type StudyConfiguration,
  type StudyRequest,
} from './configuration/study-configuration.js';
export { demoModelLayer } from './demo-model/settings.js';
export {
  isExactSettings,
  isMixtureSettings,
  isPolicySettings,
  type MixtureStudySettings,
  type PolicyStudySettings,
  type StudySettings,
  studyJsonSchema,
} from './settings/study-settings.js';
