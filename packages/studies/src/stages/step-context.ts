import type { RunContext, StepContext } from '@ais/pipeline';
import type { StageContext } from '@ais/workflow';

/**
 * A stage's context in the words of the pipeline's steps. Remarks are gathered, to be part of the stage's result, and said in
 * its log.
 */
export function stepContext({ title, signal, progress, log }: StageContext): {
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

/** The same for a step that trains: it works in the stage's folder, and resumes what an attempt has left there. */
export function runContext(context: StageContext): RunContext {
  const { step } = stepContext(context);
  return { ...step, directory: context.directory, resume: true, onWarning: context.log };
}
