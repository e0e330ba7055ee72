import type { Found, Scope } from './operation-shape';

/** Which run and step an effect belongs to. */
export interface StepRef {
  readonly workflowId: string;
  /** The first execution's run id: the same after Reset and continue-as-new. */
  readonly firstRunId: string;
  readonly runbook: string;
  readonly step: string;
  readonly stepNumber: number;
}

/** One life of a server, in times since 1970: a crash ends it, even where the postmaster lives on. */
export interface ServerLife {
  readonly node: string;
  readonly startedAt: string;
  /** Since when its statistics count; recovery after a crash sets it, a clean restart keeps it. Empty where the server does not say. */
  readonly statsSince: string;
}

/** What is known of the earlier attempts at an order. The first attempt, also one that a person asked for, knows of none. */
export interface Tried {
  readonly times: number;
  /** Whether one of them may have sent something to the world. */
  readonly mayHaveActed: boolean;
  /** The server that the last of them was connected to. */
  readonly server?: ServerLife;
}

/** What the failure of an attempt says for the next one. */
export interface AttemptDetails {
  readonly server?: ServerLife;
  /** `false` where it is proved that nothing was sent to the world. */
  readonly acted?: false;
}

interface Ordered {
  readonly tried?: Tried;
}

export interface ReadOrder extends Ordered {
  readonly kind: 'read';
  readonly input: { readonly target: string };
}

/** Several quick reads of one step, answered in one activity. */
export interface LookOrder extends Ordered {
  readonly reads: readonly { readonly operation: string; readonly input: { readonly target: string } }[];
}

/** What a write would find, do and leave behind; changes nothing. */
export interface PreviewOrder extends Ordered {
  readonly kind: 'preview';
  readonly input: { readonly target: string };
}

export interface WriteOrder extends Ordered {
  readonly kind: 'write';
  readonly input: { readonly target: string };
  readonly step: StepRef;
  readonly effectKey: string;
  /** The plan's hash, what it bound for this step and the oid of its database; absent where a bracket is begun again while rolling back. */
  readonly planned?: { readonly plan: string; readonly bound: string; readonly statement: string; readonly databaseOid?: string };
  readonly token: number;
  /** Live effects of the same run on which this one builds. */
  readonly buildsOn: readonly string[];
  /** Those of them that were answered as done: the target's ledger must still have them. */
  readonly made?: readonly string[];
}

export interface UndoOrder extends Ordered {
  readonly kind: 'undo';
  /** The operation whose effect is undone, not the one that undoes it. */
  readonly operation: string;
  readonly input: { readonly target: string };
  readonly step: StepRef;
  readonly effectKey: string;
  readonly token: number;
}

export type Order = ReadOrder | PreviewOrder | WriteOrder | UndoOrder;

/** The undo of a write: the operation that undoes it, or why there is none. */
export type DeclaredUndo = { readonly by: string } | { readonly none: string };

export interface Preview {
  readonly before: Found<unknown>;
  /** SHA-256 of the part of `before` that the approval binds. */
  readonly bound: string;
  /** What the hash binds, in words: 'all of it', or the rule and the limit of a selection. */
  readonly binds: string;
  /** The statements that would run, as text with their values; at most 5. */
  readonly statements: readonly string[];
  readonly statement: string;
  readonly locks: string;
  readonly scope: Scope;
  readonly undo: DeclaredUndo;
  readonly irreversible: boolean;
  readonly pointOfNoReturn: boolean;
  readonly protects?: string;
  /** Recorded in the control database, because the server cannot record it. */
  readonly atControl?: true;
}

/** Who and where an effect happened, so that an auditor can match it with the server's log. */
export interface Evidence {
  readonly login: string;
  readonly server: string;
  readonly backendPid: number;
  readonly applicationName: string;
  readonly xid: string | null;
  readonly lsn: string | null;
  readonly at: string;
}

export interface WriteAnswer {
  readonly before: Found<unknown>;
  /** Rows that the statements reported, or objects acted on; null for statements that report none (DDL). */
  readonly rows: number | null;
  /** `done` now, or `found`: an earlier attempt had done it and its reply was lost. */
  readonly how: 'done' | 'found';
  readonly statements: readonly string[];
  readonly verified: string;
  readonly notices: readonly string[];
  /** What a trial or an observation saw inside the transaction. */
  readonly observed?: Found<unknown>;
  readonly evidence: Evidence;
}

export interface UndoAnswer {
  /** `undone` now, `already` undone earlier, or the effect had `never` happened (and now never will). */
  readonly how: 'undone' | 'already' | 'never';
  readonly statements: readonly string[];
  readonly verified: string;
  readonly evidence: Evidence | null;
}
