import * as tf from '@tensorflow/tfjs-core';
import type { PackedRows } from '../batch/packed-rows.js';
import type { RowSelection } from '../batch/row-selection.js';
import type { ModelPlan } from '../families/model-plan.js';
import { packedAttention, sharedByGeometry } from '../layers/batch-attention.js';
import {
  type BlockContext,
  type BlockMemory,
  blockBackward,
  blockForward,
  blockMemory,
  blockMemoryNumbers,
} from '../layers/block.js';
import { embed, embedGradient } from '../layers/embedding.js';
import type { Gradients } from '../layers/linear.js';
import { tensorsOf, tidy } from '../layers/memory.js';
import type { NamedTensors } from '../layers/parameters.js';

/** The part of a model below its head: embedding and blocks, over one batch. */
export interface Backbone {
  readonly plan: ModelPlan;
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

/** What was kept, block by block. */
export type BackboneMemory = {
  readonly inputs: readonly tf.Tensor2D[];
  readonly blocks: readonly BlockMemory[];
};

/** Bytes that 'everything' takes. */
export function bytesToKeep({ plan, rows, selection }: Backbone): number {
  const { hiddenSize, intermediateSize } = plan.shape;
  const tokens = rows.tokens.length;
  const selected = selection?.indices.length ?? tokens;
  const scores = rows.rectangles.reduce((sum, { batch, time }) => sum + batch * time ** 2, 0);
  const numbers = plan.blocks.map((block, index) => {
    const { perToken, perOutput, perScore } = blockMemoryNumbers(block, hiddenSize, intermediateSize);
    const outputs = index === plan.blocks.length - 1 ? selected : tokens;
    return perToken * tokens + perScore * scores + perOutput * outputs;
  });
  return 4 * numbers.reduce((sum, number) => sum + number, 0);
}

/** Embedding and blocks: the rows' tokens → [selected tokens, hidden], before the final norm. */
export function backboneForward(
  backbone: Backbone,
  keeping: Keeping,
): { readonly output: tf.Tensor2D; readonly memory: BackboneMemory } {
  return tidy(() => {
    const { plan, parameters, rows } = backbone;
    const contexts = blockContexts(backbone);
    const inputs: tf.Tensor2D[] = [];
    const blocks: BlockMemory[] = [];
    let x = embed(parameters, plan.embedding, rows.tokens, rows.positions);
    for (const context of contexts) {
      const { output, memory } = blockForward(x, context);
      if (keeping === 'everything') blocks.push(memory);
      else tf.dispose(tensorsOf(memory));
      if (keeping === 'inputs') inputs.push(x);
      else x.dispose();
      x = output;
    }
    return { output: x, memory: { inputs, blocks } };
  });
}

/** From the gradient of `backboneForward`'s output to those of the backbone's parameters, by name. */
export function backboneBackward(
  backbone: Backbone,
  gradient: tf.Tensor2D,
  { inputs, blocks }: BackboneMemory,
): Gradients {
  return tf.tidy(() => {
    const { plan, parameters, rows } = backbone;
    const contexts = blockContexts(backbone);
    const collected: Gradients = {};
    let incoming = gradient;
    for (let index = contexts.length - 1; index >= 0; index--) {
      const context = contexts[index] as BlockContext;
      const back = tidy(() =>
        blockBackward(incoming, blocks[index] ?? blockMemory(inputs[index] as tf.Tensor2D, context), context),
      );
      if (incoming !== gradient) incoming.dispose();
      incoming = back.input;
      Object.assign(collected, back.parameters);
    }
    const ofEmbedding = embedGradient(incoming, parameters, plan.embedding, rows.tokens, rows.positions);
    return Object.assign(collected, ofEmbedding);
  });
}

/** Every block's context; the rows' tables are made here, in the caller's tidy. */
function blockContexts({ plan, parameters, rows, selection }: Backbone): BlockContext[] {
  const attentions = sharedByGeometry(
    plan.blocks.map(({ attention }) => attention),
    (geometry) => packedAttention(rows, geometry),
  );
  const contexts: BlockContext[] = plan.blocks.map((block, index) => ({
    plan: block,
    parameters,
    attention: attentions[index] as BlockContext['attention'],
  }));
  const last = contexts.at(-1);
  if (selection !== undefined && last !== undefined) {
    const attention = packedAttention(rows, last.plan.attention, selection);
    contexts[contexts.length - 1] = { ...last, attention, selection };
  }
  return contexts;
}
