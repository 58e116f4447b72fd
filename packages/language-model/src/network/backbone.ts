import * as tf from '@tensorflow/tfjs-core';
import type { PackedRows } from '../batch/packed-rows.js';
import { addUpRows, type RowSelection, takeRows } from '../batch/row-selection.js';
import {
  type BlockContext,
  type BlockMemory,
  blockBackward,
  blockForward,
  blockMemory,
} from '../families/gpt-neox/block.js';
import type { GptNeoxConfiguration } from '../families/gpt-neox/configuration.js';
import { EMBEDDING } from '../families/gpt-neox/parameters.js';
import { packedAttention } from '../layers/batch-attention.js';
import { type NamedTensors, parameter } from '../layers/parameters.js';

/** The part of a model below its head: embedding and blocks, over one batch. */
export interface Backbone {
  readonly configuration: GptNeoxConfiguration;
  readonly parameters: NamedTensors;
  readonly rows: PackedRows;
  /** Rows of the result that the head reads; all by default. */
  readonly selection?: RowSelection | undefined;
}

/**
 * What is kept for the gradient: nothing, each block's input (the blocks run again, one at a time, on the way
 * back), or everything that the way back reads.
 */
export type Keeping = 'nothing' | 'inputs' | 'everything';

/** Bytes that 'everything' takes. */
export function bytesToKeep({ configuration, rows, selection }: Backbone): number {
  const { hiddenSize, intermediateSize, headCount, layerCount } = configuration;
  const tokens = rows.tokens.length;
  const selected = selection?.indices.length ?? tokens;
  const scores = rows.rectangles.reduce((sum, { batch, time }) => sum + batch * time ** 2, 0);
  const always = 6 * hiddenSize * tokens + headCount * scores;
  const block = (outputs: number): number => always + (2 * hiddenSize + 2 * intermediateSize) * outputs;
  return 4 * ((layerCount - 1) * block(tokens) + block(selected));
}

/** Embedding and blocks: the rows' tokens → [selected tokens, hidden], before the final LayerNorm. */
export function backboneForward(
  backbone: Backbone,
  keeping: Keeping,
): { readonly output: tf.Tensor2D; readonly memory: tf.Tensor[] } {
  return tf.tidy(() => {
    const contexts = blockContexts(backbone);
    const memory: tf.Tensor[] = [];
    let x = tf.tidy(() =>
      takeRows(parameter<tf.Tensor2D>(backbone.parameters, EMBEDDING), backbone.rows.tokens),
    );
    contexts.forEach((context, index) => {
      const { output, memory: ofBlock } = blockForward(x, index, context);
      if (keeping === 'everything') memory.push(...ofBlock);
      else for (const tensor of ofBlock) tensor.dispose();
      if (keeping === 'inputs') memory.push(x);
      else x.dispose();
      x = output;
    });
    return { output: x, memory };
  });
}

/** From the gradient of `backboneForward`'s output to those of the backbone's parameters, by name. */
export function backboneBackward(
  backbone: Backbone,
  gradient: tf.Tensor2D,
  keeping: Keeping,
  memory: readonly tf.Tensor[],
): Map<string, tf.Tensor> {
  const gradients: Record<string, tf.Tensor> = tf.tidy(() => {
    const contexts = blockContexts(backbone);
    const perBlock = memory.length / contexts.length;
    const collected: Record<string, tf.Tensor> = {};
    let incoming = gradient;
    for (let index = contexts.length - 1; index >= 0; index--) {
      const context = contexts[index] as BlockContext;
      const kept = memory.slice(index * perBlock, (index + 1) * perBlock);
      const { input, parameters } = tf.tidy(() => {
        const ofBlock: BlockMemory =
          keeping === 'everything' ? kept : blockMemory(kept[0] as tf.Tensor2D, index, context);
        const back = blockBackward(incoming, ofBlock, index, context);
        return { input: back.input, parameters: Object.fromEntries(back.parameters) };
      });
      if (incoming !== gradient) incoming.dispose();
      incoming = input;
      Object.assign(collected, parameters);
    }
    collected[EMBEDDING] = addUpRows(incoming, backbone.rows.tokens, backbone.configuration.vocabularySize);
    return collected;
  });
  return new Map(Object.entries(gradients));
}

/** Every block's context; the rows' tables are made here, in the caller's tidy. */
function blockContexts({ configuration, parameters, rows, selection }: Backbone): BlockContext[] {
  const attention = packedAttention(rows, configuration);
  const context = { configuration, parameters, attention };
  const contexts: BlockContext[] = Array.from({ length: configuration.layerCount }, () => context);
  if (selection !== undefined) {
    const ofLast = packedAttention(rows, configuration, selection);
    contexts[contexts.length - 1] = { ...context, attention: ofLast, selection };
  }
  return contexts;
}
