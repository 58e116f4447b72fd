export {
  type MixtureStudy,
  type MixtureStudyOptions,
  mixtureStudy,
  type StudiedLoss,
} from './mixture-study.js';
