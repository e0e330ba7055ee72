import type { z } from 'zod';
import type { Span } from './span';

/** How much harm a runbook can do: looks only; changes that undo themselves; changes that users feel; changes without an undo. */
export type Risk = 'read-only' | 'safe' | 'disruptive' | 'irreversible';

/** The systems that runbooks and targets may name; also the folders below `workflows/runbooks`. */
export const SYSTEMS = ['postgres', 'backup', 'replication', 'incident', 'pg-index-pilot', 'pggit', 'pg-tviews'] as const;
export type System = (typeof SYSTEMS)[number];

/** What a gate of a runbook demands. */
export interface ApprovalPolicy {
  /** How many distinct people must approve. Default 1. */
  readonly quorum?: number;
  /** How long a gate waits; afterwards the run rolls back. An expired gate never means yes. */
  readonly expiresAfter: Span;
  /** How long an approval may be old when a write is due; an older one is asked again. */
  readonly validFor: Span;
  /** Whether the person who asked for the run may not approve it. Default false. */
  readonly fourEyes?: boolean;
}

/** The static part of a runbook: everything that the catalogue, the CLI and the gates say about it. */
export interface RunbookHeader<Input extends z.ZodObject = z.ZodObject> {
  /** camelCase; the export's name, the workflow type and, in kebab-case, the file's name. */
  readonly id: string;
  /** The id's words as a sentence. */
  readonly title: string;
  readonly system: System;
  readonly risk: Risk;
  /** When an operator should reach for it, one symptom an entry. */
  readonly useWhen: readonly string[];
  /** The ids of the procedures that it covers (the seed procedures). */
  readonly covers: readonly string[];
  /** The run's own input; unknown keys are refused. Must have `target`. */
  readonly input: Input;
  /** An input that a person can start from; shown with refusals and in the catalogue. */
  readonly example: z.input<Input>;
  /** What its gates demand. Default: quorum 1, within 1 hour, valid for 30 minutes. */
  readonly approval?: ApprovalPolicy;
  /**
   * A person may start it with `breakGlass: true`: its gates are waived, name and reason are demanded, and the report says so first.
   * No alert, schedule or parent run may.
   */
  readonly breakGlass?: true;
  /** Further sentences for the catalogue: what to know before, what it does not do. */
  readonly notes?: readonly string[];
}
