import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import type { Attribution, MessageRef } from '../../workflows/contracts/run-services';

type Event = temporal.api.history.v1.IHistoryEvent & { readonly principal?: { readonly name?: string | null } | null };

/** Looks up in the run's history who sent each message. The sender's identity is what the client says; a principal is what the server attests. */
export async function attributeDecisions(
  client: Client,
  namespace: string,
  run: { workflowId: string; runId: string } | undefined,
  messages: readonly MessageRef[],
): Promise<Attribution[]> {
  if (!run) throw new Error('A decision outside a run.');
  const events = await messageEvents(client, namespace, run);
  return messages.map((message) =>
    attributionOf('update' in message ? events.updates.get(message.update) : events.signals.get(message.signal)?.[message.ordinal]),
  );
}

/**
 * Whether the server attests who sends messages to a run: it does where it has attested who started it. Null where the start does not
 * show it: the server itself starts children and scheduled runs.
 */
export async function attestsSenders(
  client: Client,
  namespace: string,
  run: { workflowId: string; runId: string } | undefined,
): Promise<boolean | null> {
  if (!run) return null;
  const page = await client.workflowService.getWorkflowExecutionHistory({ namespace, execution: run, maximumPageSize: 1 });
  const start = (page.history?.events ?? [])[0] as Event | undefined;
  const how = start?.workflowExecutionStartedEventAttributes;
  if (start?.principal?.name) return true;
  const byServer = !how || how.parentWorkflowExecution?.workflowId || how.searchAttributes?.indexedFields?.['TemporalScheduledById'];
  return byServer ? null : false;
}

async function messageEvents(client: Client, namespace: string, execution: { workflowId: string; runId: string }) {
  const updates = new Map<string, Event>();
  const signals = new Map<string, Event[]>();
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await client.workflowService.getWorkflowExecutionHistory({ namespace, execution, ...(nextPageToken ? { nextPageToken } : {}) });
    for (const event of (page.history?.events ?? []) as Event[]) {
      const updateId = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.meta?.updateId;
      if (updateId) updates.set(updateId, event);
      const signal = event.workflowExecutionSignaledEventAttributes?.signalName;
      if (signal) signals.set(signal, [...(signals.get(signal) ?? []), event]);
    }
    nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
  } while (nextPageToken);
  return { updates, signals };
}

function attributionOf(event: Event | undefined): Attribution {
  const principal = event?.principal?.name || null;
  const identity =
    event?.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.meta?.identity ||
    event?.workflowExecutionSignaledEventAttributes?.identity ||
    null;
  return { identity, principal, assurance: principal ? 'principal' : 'claimed' };
}
