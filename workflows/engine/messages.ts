import { ApplicationFailure, currentUpdateInfo, defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { MESSAGES, QUERIES, problemsOf, type Message, type MessageKind, type Receipt } from '../contracts/messages';
import type { MessageRef } from '../contracts/run-services';
import { decide, refusalOf } from './decisions';
import { refreshDashboard } from './dashboard';
import { isUndecodable } from './payload-converter';
import { reportOf } from './report';
import type { RunState } from './run-state';
import { statusOf } from './status';

/** Registers every handler of a run; must happen before the first `await`, or an early message is lost. */
export function registerHandlers(state: RunState): void {
  for (const kind of Object.keys(MESSAGES) as MessageKind[]) registerMessage(state, kind);
  setHandler(defineQuery('status'), () => statusOf(state), { description: QUERIES.status });
  setHandler(defineQuery('plan'), () => state.plan ?? 'No plan yet: the rehearsal is not finished.', { description: QUERIES.plan });
  setHandler(defineQuery('journal'), () => state.journal.steps, { description: QUERIES.journal });
  setHandler(defineQuery('report'), () => reportOf(state), { description: QUERIES.report });
}

function registerMessage(state: RunState, kind: MessageKind): void {
  const { schema, help } = MESSAGES[kind];
  const checked = (raw: unknown): Message<typeof kind> => {
    const message = isUndecodable(raw) ? schema.safeParse(undefined) : schema.safeParse(raw);
    if (!message.success)
      throw refused(`${isUndecodable(raw) ? `The input cannot be read (${raw.reason}). ` : ''}${problemsOf(message.error).join('; ')}. Send ${help}`);
    const refusal = refusalOf(state, kind, message.data);
    if (refusal) throw refused(refusal);
    return message.data;
  };
  setHandler(defineUpdate<Receipt, [unknown]>(kind), (raw: unknown) => accept(state, kind, checked(raw), { update: currentUpdateInfo()?.id ?? '' }), {
    description: help,
    validator: (raw: unknown) => void checked(raw),
  });
  let ordinal = 0;
  setHandler(
    defineSignal<[unknown]>(kind),
    (raw: unknown) => {
      const message: MessageRef = { signal: kind, ordinal: ordinal++ };
      try {
        accept(state, kind, checked(raw), message);
      } catch (error) {
        // A signal has no sender to answer: the refusal stands in the journal and the dashboard. Throwing here would wedge the run.
        state.journal.note(`Refused: ${kind}`, error instanceof Error ? error.message : String(error), 'failed');
        refreshDashboard(state);
      }
    },
    { description: help },
  );
}

function accept(state: RunState, kind: MessageKind, message: Message<MessageKind>, ref: MessageRef): Receipt {
  const receipt = decide(state, kind, message, ref);
  state.changes++;
  refreshDashboard(state);
  return { accepted: true, message: receipt };
}

function refused(message: string): ApplicationFailure {
  const failure = ApplicationFailure.create({ type: 'Refused', message, nonRetryable: true });
  failure.stack = '';
  return failure;
}
