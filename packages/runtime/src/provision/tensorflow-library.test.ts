import { describe, expect, it } from 'vitest';
import { isNeeded } from './tensorflow-library.js';

/** What `g++ -MM` says that tfjs-node's sources and those of `kernels` include. */
const headers = {
  '2.15.1': [
    'tensorflow/c/c_api.h',
    'tensorflow/c/c_api_macros.h',
    'tensorflow/c/eager/c_api.h',
    'tensorflow/c/experimental/stream_executor/stream_executor.h',
    'tensorflow/c/kernels.h',
    'tensorflow/c/ops.h',
    'tensorflow/c/tf_attrtype.h',
    'tensorflow/c/tf_buffer.h',
    'tensorflow/c/tf_datatype.h',
    'tensorflow/c/tf_status.h',
    'tensorflow/c/tf_tensor.h',
    'tensorflow/c/tf_tstring.h',
    'tensorflow/core/platform/ctstring.h',
    'tensorflow/core/platform/ctstring_internal.h',
    'tsl/c/tsl_status.h',
    'tsl/platform/ctstring.h',
    'tsl/platform/ctstring_internal.h',
  ],
  '2.20.0': [
    'tensorflow/c/c_api.h',
    'tensorflow/c/c_api_macros.h',
    'tensorflow/c/eager/c_api.h',
    'tensorflow/c/experimental/stream_executor/stream_executor.h',
    'tensorflow/c/kernels.h',
    'tensorflow/c/ops.h',
    'tensorflow/c/tf_attrtype.h',
    'tensorflow/c/tf_buffer.h',
    'tensorflow/c/tf_datatype.h',
    'tensorflow/c/tf_status.h',
    'tensorflow/c/tf_tensor.h',
    'tensorflow/c/tf_tstring.h',
    'tensorflow/core/common_runtime/next_pluggable_device/c/tf_rendezvous_c_api.h',
    'tensorflow/core/platform/ctstring.h',
    'tensorflow/core/platform/ctstring_internal.h',
    'tsl/platform/ctstring.h',
    'tsl/platform/ctstring_internal.h',
    'tsl/platform/platform.h',
    'xla/tsl/c/tsl_status.h',
  ],
};

describe.each(Object.entries(headers))('of the wheel of TensorFlow %s', (_, included) => {
  it.each(included)('the addon includes %s', (header) => {
    expect(isNeeded(`tensorflow/include/${header}`)).toBe(true);
  });
});

it.each(['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2', 'libtensorflow_cc.2.dylib'])(
  '%s is needed',
  (library) => expect(isNeeded(`tensorflow/${library}`)).toBe(true),
);

it.each([
  'tensorflow/python/framework/ops.py',
  'tensorflow/include/tensorflow/core/framework/tensor.h',
  'tensorflow/include/tsl/platform/status.h',
  'nvidia/cublas/include/cublas.h',
])('%s is not', (path) => expect(isNeeded(path)).toBe(false));
