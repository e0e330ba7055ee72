import { INCIDENT_MESSAGES, type IncidentMessageKind } from '../../../workflows/contracts/incident';
import { MESSAGES, problemsOf, type MessageKind, type Receipt } from '../../../workflows/contracts/messages';
import { commandName } from '../terminal/command-shape';
import { usage } from '../terminal/exit-codes';
import type { Temporal } from '../terminal/temporal';

/** Everything that a command can send to a run; only an incident takes those of the second table. */
export type SentKind = MessageKind | IncidentMessageKind;
const SENT = { ...MESSAGES, ...INCIDENT_MESSAGES };

/** How long a worker may take to answer a message. */
const ANSWER_MS = 20_000;

/** Sends one message as an Update and returns the receipt; throws CliFailure for a malformed one, WorkflowUpdateFailedError for a refused one. */
export async function sendMessage({ client, connection }: Temporal, id: string, kind: SentKind, message: object): Promise<Receipt> {
  const checked = checkMessage(kind, message);
  return connection.withDeadline(Date.now() + ANSWER_MS, () =>
    client.workflow.getHandle(id).executeUpdate<Receipt, [object]>(kind, { args: [checked] }),
  );
}

/** The one JSON object of a message, checked by the same schema that the run uses; throws CliFailure with every problem. */
export function checkMessage(kind: SentKind, message: object): object {
  const given = Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined));
  const parsed = SENT[kind].schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw usage(
    [`${commandName(kind)} was not sent:`, ...problemsOf(parsed.error).map((problem) => `  ${problem.replace(/^(\w+):/, '--$1:')}`)].join('\n'),
  );
}
