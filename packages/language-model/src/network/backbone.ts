import * as tf from '@tensorflow/tfjs-core';
import type { PackedRows } from '../batch/packed-rows.js';
import type { RowSelection } from '../batch/row-selection.js';
import type { ModelPlan } from '../families/model-plan.js';
import { keepsProbabilities, packedAttention, sharedByGeometry } from '../layers/batch-attention.js';
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
import { release, tensorsOf, tidy } from '../layers/memory.js';
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
 * What is kept for the gradient: nothing, or everything that the last `wholeBlocks` blocks need on the way back, and the inputs of
 * the blocks before them, which run again, one at a time, on the way back.
 */
export type Keeping = 'nothing' | { readonly wholeBlocks: number };

/** What was kept: the inputs of the first blocks, and all of the others. */
export type BackboneMemory = {
  readonly inputs: readonly tf.Tensor2D[];
  readonly blocks: readonly BlockMemory[];
};

/** As many whole blocks as fit into some bytes, beside the inputs of the others. */
export function keepingWithin(backbone: Backbone, bytes: number): Keeping {
  const whole = bytesOfBlocks(backbone);
  const ofInput = 4 * backbone.rows.tokens.length * backbone.plan.shape.hiddenSize;
  let used = whole.length * ofInput;
  let wholeBlocks = 0;
  for (const ofBlock of whole.reverse()) {
    used += ofBlock - ofInput;
    if (used > bytes) break;
    wholeBlocks++;
  }
  return { wholeBlocks };
}

/** Bytes that everything takes, block by block. */
function bytesOfBlocks({ plan, rows, selection }: Backbone): number[] {
  const { hiddenSize, intermediateSize } = plan.shape;
  const tokens = rows.tokens.length;
  const selected = selection?.indices.length ?? tokens;
  const scores = keepsProbabilities()
    ? rows.rectangles.reduce((sum, { batch, time }) => sum + batch * time ** 2, 0)
    : 0;
  return plan.blocks.map((block, index) => {
    const { perToken, perOutput, perScore } = blockMemoryNumbers(block, hiddenSize, intermediateSize);
    const outputs = index === plan.blocks.length - 1 ? selected : tokens;
    return 4 * (perToken * tokens + perScore * scores + perOutput * outputs);
  });
}

/** Embedding and blocks: the rows' tokens → [selected tokens, hidden], before the final norm. */
export function backboneForward(
  backbone: Backbone,
  keeping: Keeping,
): { readonly output: tf.Tensor2D; readonly memory: BackboneMemory } {
  return tidy(() => {
    const { plan, parameters, rows } = backbone;
    const contexts = blockContexts(backbone);
    const keeps = keeping !== 'nothing';
    const firstWhole = keeps ? contexts.length - keeping.wholeBlocks : contexts.length;
    const inputs: tf.Tensor2D[] = [];
    const blocks: BlockMemory[] = [];
    let x = embed(parameters, plan.embedding, rows.tokens, rows.positions);
    for (const [index, context] of contexts.entries()) {
      const { output, memory } = blockForward(x, context);
      if (index >= firstWhole) blocks.push(memory);
      else tf.dispose(tensorsOf(memory));
      if (keeps && index < firstWhole) inputs.push(x);
      else x.dispose();
      x = output;
    }
    return { output: x, memory: { inputs, blocks } };
  });
}

/**
 * From the gradient of `backboneForward`'s output to those of the backbone's parameters, by name. What was kept of a block is
 * freed as soon as its gradient is computed, so that memory does not grow by all gradients and all that was kept.
 *
 * @param head the output matrix's gradient: computed when nothing is kept of the blocks any more, and before that of the embedding,
 *   which is as large, takes memory
 */
export function backboneBackward(
  backbone: Backbone,
  gradient: tf.Tensor2D,
  { inputs, blocks }: BackboneMemory,
  head?: { readonly name: string; readonly gradient: () => tf.Tensor2D },
): Gradients {
  return tf.tidy(() => {
    const { plan, parameters, rows } = backbone;
    const contexts = blockContexts(backbone);
    const collected: Gradients = {};
    let incoming = gradient;
    for (let index = contexts.length - 1; index >= 0; index--) {
      const context = contexts[index] as BlockContext;
      const kept = blocks[index - inputs.length];
      const back = tidy(() =>
        blockBackward(incoming, kept ?? blockMemory(inputs[index] as tf.Tensor2D, context), context),
      );
      release(kept ?? inputs[index]);
      if (incoming !== gradient) incoming.dispose();
      incoming = back.input;
      Object.assign(collected, back.parameters);
    }
    if (head) collected[head.name] = head.gradient();
    const { embedding } = plan;
    // Where the output matrix is the embedding, the two gradients are added up.
    const tied = collected[embedding.tokens] as tf.Tensor2D | undefined;
    const ofEmbedding = embedGradient(incoming, parameters, embedding, rows.tokens, rows.positions, tied);
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
