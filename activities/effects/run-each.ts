import { setTimeout as sleep } from 'node:timers/promises';
import type { Acting } from './change';
import type { WriteOperation } from './operation';
import type { Session } from '../sql/session';
import { MAYBE_DONE_ALREADY, NOT_ALLOWED, meaningOf, stateOf } from '../sql/sqlstates';
import { scrubbedMessage } from '../sql/scrub';
import { rendered, type Sql } from '../sql/sql';

/** lock_not_available: the same statement may work in a moment. */
const LOCKED = '55P03';
/** The pauses before what could not be locked is tried again. */
const BACK_OFF_MS: readonly number[] = [500, 1_000, 2_000];

export interface Ran {
  /** The sum of reported rows; null while no statement has reported any. */
  readonly rows: number | null;
  /** What was passed over, with the server's reason. */
  readonly asides: readonly string[];
}

/**
 * Runs statements one by one, each on its own. What may be done already, may not be touched or is passed over does not
 * stop the others; what could not be locked is tried again after a pause. The verification decides what it comes to.
 */
export async function runEach(
  session: Session,
  operation: WriteOperation,
  statements: readonly Sql[],
  { signal, sending, sent, refused }: Pick<Acting, 'signal' | 'sending' | 'sent' | 'refused'>,
): Promise<Ran> {
  let rows: number | null = null;
  let wanted = statements;
  const passedOver: string[] = [];
  for (let round = 0; ; round++) {
    const locked: { statement: Sql; told: string }[] = [];
    for (const statement of wanted) {
      await sending();
      try {
        rows = added(rows, await session.run(statement));
      } catch (error) {
        const state = stateOf(error);
        if (!isPassedOver(operation, state)) {
          if (meaningOf(error) === 'rejected') await refused();
          throw error;
        }
        const told = `${rendered(statement)}: ${scrubbedMessage(error)}`;
        if (state === LOCKED) locked.push({ statement, told });
        else passedOver.push(told);
      }
      await sent();
    }
    wanted = locked.map(({ statement }) => statement);
    const pause = BACK_OFF_MS[round];
    if (wanted.length === 0 || pause === undefined) return { rows, asides: [...passedOver, ...locked.map(({ told }) => told)] };
    await sleep(pause, undefined, { signal });
  }
}

function isPassedOver({ repeat, passesOver }: WriteOperation, state: string): boolean {
  const passedOver = repeat === 'one-shot' && (MAYBE_DONE_ALREADY.includes(state) || state === NOT_ALLOWED);
  return passedOver || passesOver?.includes(state) === true;
}

/** The sum of reported rows; null while no statement has reported any. */
export const added = (sum: number | null, reported: number | null): number | null => (reported === null ? sum : (sum ?? 0) + reported);
