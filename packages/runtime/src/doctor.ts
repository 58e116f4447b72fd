export {
  type BackendDiagnosis,
  type DiagnoseOptions,
  type Diagnosis,
  diagnose,
} from './diagnose.js';
