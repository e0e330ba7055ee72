import { randomBytes } from 'node:crypto';
import type { UndoOrder } from '../../workflows/contracts/orders';
import { attemptNumber, type Attempt, type Stage } from '../../activities/effects/attempt';
import { preview, read } from '../../activities/effects/look';
import type { Operation, WriteOperation } from '../../activities/effects/operation';
import { perform } from '../../activities/effects/perform';
import { sqlEffect } from '../../activities/effects/sql-effect';
import { operationsOf } from '../../workers/worker/operations';
import { exercise, type Bed, type Effect } from './describe-operation';
import type { World } from './world';

/** An effect on a database, which a test may cut. */
export interface DatabaseEffect extends Effect {
  /** Cuts an attempt at the n-th time that it reaches a stage; false where it ends before. */
  cut(stage: Stage, nth?: number): Promise<boolean>;
  fresh(): DatabaseEffect;
}

/** What a killed process looks like to the kernel: nothing more is done. */
class Cut extends Error {}

const operations = operationsOf();

/** Answers a read. */
export const answerOf = (world: World, name: string, input: object): Promise<unknown> => {
  const found = operations[name];
  if (found?.effect !== 'read') throw new Error(`${name} is no read.`);
  return read(world.sessions, name, found, { target: 'shop', ...input });
};

/** An effect of a write with this input, on the world's target. */
export function effectOf(world: World, name: string, given: object): DatabaseEffect {
  const operation = writeNamed(name);
  const input = { target: 'shop', ...given };
  const id = randomBytes(6).toString('hex');
  const step = { workflowId: `exercise/${id}`, firstRunId: id, runbook: 'exercise', step: `${name}#1`, stepNumber: 1 };
  const key = `exercise/${id}/${name}/1`;
  let attempts = 0;
  const back = 'by' in operation.undo ? operation.undo.by : null;
  return {
    act: (more = {}) =>
      perform(
        sqlEffect(world.sessions, { name, operation }),
        { kind: 'write', input, step, effectKey: key, token: 1, buildsOn: [], ...more },
        attemptNumber(++attempts),
      ),
    undo: () => {
      if (!back) throw new Error(`${name} has no undo.`);
      const order: UndoOrder = { kind: 'undo', operation: name, input, step, effectKey: key, token: 1 };
      return perform(sqlEffect(world.sessions, { name, operation, undoName: back, undoing: writeNamed(back) }), order, attemptNumber(++attempts));
    },
    cut: async (stage, nth = 1) => {
      let seen = 0;
      const cutting: Attempt = {
        ...attemptNumber(++attempts),
        at: (now) => {
          if (now === stage && ++seen === nth) throw new Cut();
        },
      };
      const order = { kind: 'write' as const, input, step, effectKey: key, token: 1, buildsOn: [] };
      return perform(sqlEffect(world.sessions, { name, operation }), order, cutting).then(
        () => false,
        (error: unknown) => {
          if (error instanceof Cut) return true;
          throw error;
        },
      );
    },
    fresh: () => effectOf(world, name, given),
  };
}

/** What a write would do, as the plan shows it. */
export const previewOf = (world: World, name: string, input: object) => preview(world.sessions, name, writeNamed(name), { target: 'shop', ...input });

/** A world's database as the bed of operations. */
export const databaseBed = (world: World): Bed => ({
  effectOf: (name, input) => effectOf(world, name, input),
  previewOf: (name, input) => previewOf(world, name, input),
  verdictOf: (name, input, before) => verdictOf(world, name, input, before),
});

/** Exercises a write on a world's database (`exercise`). */
export const exerciseWrite = <Seen>(world: World, name: string, input: object, seen: () => Promise<Seen>): Promise<{ before: Seen; after: Seen }> =>
  exercise(databaseBed(world), name, input, seen);

/** What `verify` answers for an input and what was found before; to see it say no. */
export async function verdictOf(
  world: World,
  name: string,
  given: object,
  before: readonly unknown[] = [],
): Promise<{ holds: boolean; expected: string; seen: string }> {
  const operation = writeNamed(name);
  const { text, values } = operation.verify(operation.input.parse({ target: 'shop', ...given }), before);
  const { rows } = await world.admin.query<{ holds: boolean; expected: string; seen: string }>(text, [...values]);
  if (!rows[0]) throw new Error('No verdict.');
  return rows[0];
}

function writeNamed(name: string): WriteOperation {
  const found: Operation | undefined = operations[name];
  if (!found || found.effect === 'read') throw new Error(`${name} is no write.`);
  return found;
}
