import type { RunContext, StepContext } from '@ais/pipeline';
import type { StageContext } from '@ais/workflow';

/**
 * A stage's context in the words of the pipeline's steps. Remarks are gathered, to be part of the stage's result, and said in
 * its log.
 */
export function remarkedStep({ title, signal, progress, log }: StageContext): {
  readonly step: StepContext;
  readonly remarks: readonly string[];
} {
  const remarks: string[] = [];
  return {
    step: {
      title,
      signal,
      onProgress: progress,
      onWarning: (message) => {
        remarks.push(message);
        log(message);
      },
    },
    remarks,
  };
}

/** The same for a step that trains: it works in the stage's folder, and resumes what an attempt has left there. Its remarks are only said. */
export function stageRun({ title, signal, progress, log, directory }: StageContext): RunContext {
  return { title, signal, onProgress: progress, onWarning: log, directory, resume: true };
}
