import { look, readWorld } from './activities';
import type { RunState } from '../run/state';
import type { Read } from './verbs';

type Reads = Readonly<Record<string, Read<unknown>>>;

/** Answers one read or a batch; quick reads of a batch share one activity, slow ones run one after the other. */
export async function answerReads(state: RunState, title: string, reads: Read<unknown> | Reads): Promise<unknown> {
  if (isRead(reads) || !Object.values(reads).every((read) => read.pace === 'quick')) return askEach(reads, (read) => readWorld(state, read, title));
  const orders = Object.values(reads).map(({ operation, input }) => ({ operation, input }));
  const answers = await look(state, { reads: orders }, title);
  return Object.fromEntries(Object.keys(reads).map((name, i) => [name, answers[i]]));
}

/** Asks one read, or those of a batch one after the other. */
export async function askEach(reads: Read<unknown> | Reads, ask: (read: Read<unknown>) => Promise<unknown>): Promise<unknown> {
  if (isRead(reads)) return ask(reads);
  const answers: [string, unknown][] = [];
  for (const [name, read] of Object.entries(reads)) answers.push([name, await ask(read)]);
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
