import { KernelFailure } from '../sql/kernel-failure';
import { judged, shownNotice } from '../sql/notices';
import { sampled } from '../sql/rows';
import type { Session } from '../sql/session';
import { rendered, sql, type Sql } from '../sql/sql';
import type { Acted, Acting, Change, Input, Rows } from './change';
import { statementsOf, type WriteOperation } from './operation';
import { added, runEach } from './run-each';
import { judge } from './verdict';

/** A change by statements of one session. */
export function sqlChange(session: Session, name: string, operation: WriteOperation, inTransaction: boolean): Change {
  const statements = (input: Input, before: Rows): readonly Sql[] => statementsOf(operation.statement(input, before));
  const { observe, trial } = operation;
  return {
    name,
    operation,
    look: async (input) => operation.before.rows.take(await session.query(operation.before.statement(input))),
    lines: (input, before) => statements(input, before).map(rendered),
    act: async (acting) => {
      if (trial) await session.run(sql`savepoint trial`);
      const run = inTransaction ? runTogether : runEach;
      const { rows, asides } = await run(session, operation, statements(acting.input, acting.before), acting);
      refuseHollowSuccess(name, session);
      return { rows, notices: [...session.notices.map(shownNotice), ...asides] };
    },
    judge: (input, before) => judge(session, operation.verify(input, before)),
    ...(observe ? { observe: async (input: Input) => sampled(observe.rows.take(await session.query(observe.statement(input)))) } : {}),
    ...(trial ? { revert: async () => void (await session.run(sql`rollback to savepoint trial`)) } : {}),
  };
}

/** All statements are one act: they are committed together or not at all. */
async function runTogether(
  session: Session,
  _: WriteOperation,
  statements: readonly Sql[],
  { sending, sent }: Acting,
): Promise<{ rows: Acted['rows']; asides: string[] }> {
  await sending();
  let rows: number | null = null;
  for (const statement of statements) rows = added(rows, await session.run(statement));
  await sent();
  return { rows, asides: [] };
}

/** A WARNING that says that nothing was done is a failure, whatever the command tag says. */
function refuseHollowSuccess(name: string, session: Session): void {
  const hollow = judged(session.notices);
  if (hollow.length)
    throw new KernelFailure('OperationRejected', `${name}: the server answered with success but did nothing: ${hollow.map(shownNotice).join('; ')}.`);
}
