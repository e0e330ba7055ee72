import { ApplicationFailure, currentUpdateInfo, defineQuery, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import type { z } from 'zod';
import { MESSAGES, QUERIES, problemsOf, type Message, type MessageKind, type Receipt } from '../../contracts/messages';
import type { MessageRef } from '../../contracts/run-services';
import { decide, whyRefused } from '../gates/decisions';
import { refreshDashboard } from '../display/dashboard';
import { isUndecodable } from './payload-converter';
import { reportOf } from './report';
import type { RunState } from './state';
import { statusOf } from '../display/status';

/** Registers every handler of a run; must happen before the first `await`, or an early message is lost. */
export function registerHandlers(state: RunState, kinds: readonly MessageKind[] = Object.keys(MESSAGES) as MessageKind[]): void {
  for (const kind of kinds) {
    const { schema, help } = MESSAGES[kind];
    registerMessage<Message<MessageKind>>(state, kind, schema, help, {
      refusal: (message) => whyRefused(state, kind, message),
      accept: (message, ref) => decide(state, kind, message, ref),
    });
  }
  setHandler(defineQuery('status'), () => statusOf(state), { description: QUERIES.status });
  setHandler(defineQuery('plan'), () => state.plan ?? 'No plan yet: the rehearsal is not finished.', { description: QUERIES.plan });
  setHandler(defineQuery('journal'), () => state.journal.steps, { description: QUERIES.journal });
  setHandler(defineQuery('report'), () => reportOf(state), { description: QUERIES.report });
}

/** How a message is judged and what it does. */
export interface MessageEffect<M> {
  /** Why it cannot be taken now, or null. Cheap and pure: it runs as an Update's validator. */
  refusal(message: M): string | null;
  /** Takes it and answers with the receipt, or with its sentence alone. */
  accept(message: M, ref: MessageRef): string | Omit<Receipt, 'accepted'>;
}

/** Registers a message as Update and as Signal of the same name and shape; the Signal never throws. */
export function registerMessage<M>(state: RunState, kind: string, schema: z.ZodType<M>, help: string, effect: MessageEffect<M>): void {
  const check = (raw: unknown): M => {
    const message = isUndecodable(raw) ? schema.safeParse(undefined) : schema.safeParse(raw);
    if (!message.success)
      throw refuse(`${isUndecodable(raw) ? `The input cannot be read (${raw.reason}). ` : ''}${problemsOf(message.error).join('; ')}. Send ${help}`);
    const refusal = effect.refusal(message.data);
    if (refusal) throw refuse(refusal);
    return message.data;
  };
  const accept = (message: M, ref: MessageRef): Receipt => {
    const receipt = effect.accept(message, ref);
    state.touch();
    refreshDashboard(state);
    return { accepted: true, ...(typeof receipt === 'string' ? { message: receipt } : receipt) };
  };
  setHandler(defineUpdate<Receipt, [unknown]>(kind), (raw: unknown) => accept(check(raw), { update: currentUpdateInfo()?.id ?? '' }), {
    description: help,
    validator: (raw: unknown) => void check(raw),
  });
  let ordinal = 0;
  setHandler(
    defineSignal<[unknown]>(kind),
    (raw: unknown) => {
      const message: MessageRef = { signal: kind, ordinal: ordinal++ };
      try {
        accept(check(raw), message);
      } catch (error) {
        // A signal has no sender to answer: the refusal stands in the journal and the dashboard. Throwing here would wedge the run.
        state.journal.note(`Refused: ${kind}`, error instanceof Error ? error.message : String(error), 'failed');
        refreshDashboard(state);
      }
    },
    { description: help },
  );
}

function refuse(message: string): ApplicationFailure {
  const failure = ApplicationFailure.create({ type: 'Refused', message, nonRetryable: true });
  failure.stack = '';
  return failure;
}
