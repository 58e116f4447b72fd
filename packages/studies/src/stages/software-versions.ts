import * as tf from '@tensorflow/tfjs-core';
import manifest from '../../package.json' with { type: 'json' };

/** Versions of what decides a run's numbers. */
export function softwareVersions(): Record<string, string> {
  return {
    '@ais/studies': manifest.version,
    '@tensorflow/tfjs-core': tf.version_core,
    node: process.versions.node,
  };
}
