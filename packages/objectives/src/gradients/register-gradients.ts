/**
 * Gives TensorFlow.js its gradients, where `@tensorflow/tfjs-core` is installed without `@tensorflow/tfjs` or `tfjs-layers`.
 *
 * The core holds the gradients of its operations, but registers none by itself, and Node cannot load the file that does: it
 * imports without extensions. The build of this package has that file in one piece (300 kB). Gradients are registered in the
 * one place that every copy of the core shares, so it does not matter that the piece brings its own.
 *
 * Gotcha: it is for programs, not for libraries, whose users decide what they load. A program that loads `@tensorflow/tfjs`
 * has gradients already.
 *
 * @example
 * await registerGradients();
 * tf.grad((x) => tf.square(x))(tf.scalar(3)).print(); // 6
 */
export async function registerGradients(): Promise<void> {
  await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');
}
