export { demoModelLayer } from './demo-model/settings.js';
export {
  changeStudies,
  configuredStudies,
  configureStudies,
  keepStudyConfiguration,
  readStudyConfiguration,
  type StudyConfiguration,
  type StudyRequest,
} from './settings/study-configuration.js';
export {
  isExactSettings,
  isMixtureSettings,
  isPolicySettings,
  type MixtureStudySettings,
  type PolicyStudySettings,
  type StudySettings,
  studyJsonSchema,
} from './settings/study-settings.js';
export { studyFileJsonSchema } from './study/described-study.js';
