import '@tensorflow/tfjs'; // registers the gradients, and the back end
import * as tf from '@tensorflow/tfjs-core';

await tf.setBackend('cpu');
