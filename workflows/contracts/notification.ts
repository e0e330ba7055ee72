import { z } from 'zod';

/** How loud a message is; the words are PagerDuty's. */
export const Loudness = z.enum(['critical', 'error', 'warning', 'info']);

const At = z.iso.datetime();
const Sentence = z.string().max(2_000);

/** What each kind of message says beyond what all say. Source: the communication templates of git-communication. */
export const MessageBody = z.discriminatedUnion('template', [
  z.object({ template: z.literal('incident'), impact: Sentence, status: Sentence, mitigateBy: At.nullable(), affected: Sentence }),
  z.object({ template: z.literal('update'), number: z.int().positive(), status: Sentence, eta: Sentence, nextUpdateAt: At.nullable() }),
  z.object({ template: z.literal('resolution'), issue: Sentence, resolution: Sentence, minutes: z.number().min(0), review: Sentence }),
  z.object({
    template: z.literal('approval request'),
    /** The gate's title. */
    gate: Sentence,
    number: z.int().positive(),
    of: z.int().positive(),
    plan: z.string(),
    planMadeAt: At,
    needed: z.int().positive(),
    statements: z.array(z.string()).max(5),
  }),
  z.object({ template: z.literal('escalation'), because: Sentence, level: z.int().positive(), since: At }),
]);
export type MessageBody = z.infer<typeof MessageBody>;

/** One message to one recipient of notify.yaml. It states facts only; each channel words and formats it. */
export const Notification = z.object({
  /** Stable over retries: receivers and our own memory know a repeat by it. */
  id: z.string().min(1).max(200),
  /** A name of notify.yaml, such as `DBA team`. */
  to: z.string(),
  /** What it belongs to: messages about one thing share a thread, a pager incident, or one Slack message that is edited. */
  about: z.string().min(1).max(200),
  loudness: Loudness,
  /** One line, such as `[P1] Database down on orders-eu`. */
  title: z.string().max(300),
  target: z.string().nullable(),
  /** The run to look at; null where there is none yet. */
  runId: z.string().nullable(),
  /** Step, phase or milestone, as the run's dashboard says it. */
  state: Sentence,
  /** What a person must do next, and until when; null where nothing is needed. */
  nextAction: Sentence.nullable(),
  deadline: At.nullable(),
  /** The matter is over: the pager incident resolves, the Slack message is closed. */
  over: z.boolean(),
  body: MessageBody,
});
export type Notification = z.infer<typeof Notification>;

/** What became of a message: the channel that took it, and those that did not, in their order. */
export interface NotificationAnswer {
  /** The channel's name; null where none took it. */
  readonly by: string | null;
  /** It had been sent before, under the same id. */
  readonly repeat: boolean;
  readonly failed: readonly { readonly channel: string; readonly because: string }[];
}

/** The activity that sends messages, offered by every worker. */
export interface NotifyServices {
  /** Sends one message; answers within a minute, and throws for no channel that fails. */
  notify(notification: Notification): Promise<NotificationAnswer>;
}
