import { look, readWorld } from './activities';
import type { RunState } from '../run/state';
import type { Read } from './verbs';

type Reads = Readonly<Record<string, Read<unknown>>>;

/** Answers one read or a batch; quick reads of a batch share one activity, slow ones run one after the other. */
export function answerReads(state: RunState, title: string, reads: Read<unknown> | Reads): Promise<unknown> {
  return isRead(reads) ? readWorld(reads.operation, reads.pace, reads.input, title, state.queue) : answerBatch(state, title, reads);
}

async function answerBatch(state: RunState, title: string, reads: Reads): Promise<unknown> {
  const names = Object.keys(reads);
  const all = Object.values(reads);
  if (all.every((read) => read.pace === 'quick')) {
    const answers = await look({ reads: all.map(({ operation, input }) => ({ operation, input })) }, title, state.queue);
    return Object.fromEntries(names.map((name, i) => [name, answers[i]]));
  }
  const answers: [string, unknown][] = [];
  for (const [name, read] of Object.entries(reads)) answers.push([name, await readWorld(read.operation, read.pace, read.input, title, state.queue)]);
  return Object.fromEntries(answers);
}

/** A read or a batch of reads as one request, for the plan. */
export function describe(reads: Read<unknown> | Reads): { operation: string; input: unknown } {
  if (isRead(reads)) return { operation: reads.operation, input: reads.input };
  return {
    operation: Object.values(reads)
      .map((read) => read.operation)
      .join(', '),
    input: Object.fromEntries(Object.entries(reads).map(([name, read]) => [name, read.input])),
  };
}

const isRead = (reads: Read<unknown> | Reads): reads is Read<unknown> => typeof reads.operation === 'string';
