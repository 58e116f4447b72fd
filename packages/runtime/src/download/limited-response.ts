/**
 * The same response, whose body ends with an error where it is longer than it may be, decompressed.
 *
 * @param tooLarge the error that reading then fails with
 */
export function limitedResponse(response: Response, bytes: number, tooLarge: () => Error): Response {
  let received = 0;
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      received += chunk.byteLength;
      if (received > bytes) controller.error(tooLarge());
      else controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body?.pipeThrough(limit) ?? null, { status, statusText, headers });
}
