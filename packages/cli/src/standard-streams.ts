/** The state of the standard streams: the first failed write to standard output, `EPIPE` where its reader has gone. */
export interface StandardStreams {
  readonly outputFailure: NodeJS.ErrnoException | undefined;
}

/**
 * Lets a program live on when what it prints cannot be written: a closed pipe, a lost terminal, a full disk.
 *
 * Output that standard error cannot take is dropped: losing progress lines must not stop the work. A failure of standard
 * output is told once, and what is printed afterwards is dropped.
 *
 * @param onClosedOutput called when standard output fails
 */
export function guardStandardStreams(
  onClosedOutput: () => void,
  { stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'> = process,
): StandardStreams {
  let outputFailure: NodeJS.ErrnoException | undefined;
  guard(stderr, () => {});
  guard(stdout, (error) => {
    outputFailure = error;
    onClosedOutput();
  });
  return {
    get outputFailure() {
      return outputFailure;
    },
  };
}

/** Errors come as events from pipes and terminals, and are thrown by files. */
function guard(stream: NodeJS.WriteStream, onFailure: (error: NodeJS.ErrnoException) => void): void {
  const write = stream.write.bind(stream) as (...parameters: unknown[]) => boolean;
  let hasFailed = false;
  const fail = (error: NodeJS.ErrnoException): void => {
    if (hasFailed) return;
    hasFailed = true;
    onFailure(error);
  };
  stream.on('error', fail);
  stream.write = (...parameters: unknown[]): boolean => {
    try {
      if (!hasFailed) return write(...parameters);
    } catch (error) {
      fail(error as NodeJS.ErrnoException);
    }
    // Callers that wait for a dropped write continue.
    const done = parameters.at(-1);
    if (typeof done === 'function') process.nextTick(done);
    return true;
  };
}
