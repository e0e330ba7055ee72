import type { Preview } from '../../workflows/contracts/orders';
import { applicationName, settingsOf } from './attempt';
import { boundOf } from './bound';
import { ABSENT, NO_SUCH_ROLE, stateOf } from '../sql/sqlstates';
import { KernelFailure } from '../sql/kernel-failure';
import { statementsOf, type ReadOperation, type WriteOperation } from './operation';
import { refuseUnmet, REQUIREMENTS } from '../sql/requirements';
import { fitsHistory, sampled } from '../sql/rows';
import { scrubbedMessage } from '../sql/scrub';
import type { Place, Session, Sessions } from '../sql/session';
import { rendered } from '../sql/sql';

/** Runs a read, one statement in a READ ONLY session, as the login that may not signal. */
export async function read(sessions: Sessions, name: string, operation: ReadOperation, rawInput: unknown, signal?: AbortSignal): Promise<unknown> {
  const input = operation.input.parse(rawInput);
  const settings = settingsOf(operation, applicationName(null, 0), input, true);
  return sessions.use(
    { target: input.target as string, login: operation.login ?? 'read', node: operation.node ?? 'primary', settings, ...(signal ? { signal } : {}) },
    async (session) => fitsHistory(operation.answer.take(await answered(session, name, operation.statement(input)))),
  );
}

/** What a write would find, do and leave behind, read in a READ ONLY session; changes nothing. */
export async function preview(sessions: Sessions, name: string, operation: WriteOperation, rawInput: unknown): Promise<Preview> {
  const input = operation.input.parse(rawInput);
  const settings = settingsOf(operation, applicationName(null, 0), input, true);
  return sessions.use({ target: input.target as string, login: 'read', node: operation.node ?? 'primary', settings }, async (session, place) => {
    await checkRequirements(session, place, name, operation, input);
    const before = operation.before.rows.take(await answered(session, name, operation.before.statement(input)));
    return previewOf(operation, input, before);
  });
}

/** What can be known before people are asked is asked here: the login of the write is there, and has and finds what the write needs. */
async function checkRequirements(
  session: Session,
  place: Place,
  name: string,
  operation: WriteOperation,
  input: Record<string, unknown>,
): Promise<void> {
  const login = place.roleOf(operation.login);
  if (typeof operation.requires !== 'function') return;
  const rows = await answered(session, name, operation.requires(input, { login })).catch((error: unknown) => {
    if (stateOf(error) !== NO_SUCH_ROLE) throw error;
    throw new KernelFailure(
      'TargetNotReady',
      `${name} runs as the role ${login}, and the server lacks it or a role that it needs (${scrubbedMessage(error)}). "runbook target install ${place.target} --print" shows how the logins are made.`,
    );
  });
  refuseUnmet(name, REQUIREMENTS.take(rows));
}

/** The plan's line for a write, from what it found. */
export function previewOf(operation: WriteOperation, input: Record<string, unknown>, before: readonly unknown[]): Preview {
  const statements = statementsOf(operation.statement(input, before)).map(rendered);
  return {
    before: sampled(before),
    ...boundOf(operation, input, before, statements),
    statements: statements.slice(0, 5),
    locks: operation.locks,
    scope: operation.scope,
    undo: 'by' in operation.undo ? { by: operation.undo.by } : operation.undo,
    irreversible: operation.effect === 'irreversible',
    pointOfNoReturn: operation.pointOfNoReturn === true,
    ...(operation.selection ? { protects: operation.selection.protects } : {}),
  };
}

async function answered(session: Session, name: string, statement: Parameters<Session['query']>[0]): Promise<readonly unknown[]> {
  try {
    return await session.query(statement);
  } catch (error) {
    if (ABSENT.includes(stateOf(error))) {
      throw new KernelFailure('CapabilityAbsent', `The target lacks what ${name} looks at: ${scrubbedMessage(error)}.`);
    }
    throw error;
  }
}
