import type { ApprovalPolicy, Risk, System } from '../../workflows/contracts/header';

/** What the catalogue says of one runbook. */
export interface CatalogueEntry {
  readonly id: string;
  readonly title: string;
  readonly system: System;
  readonly risk: Risk;
  readonly file: string;
  readonly useWhen: readonly string[];
  readonly covers: readonly string[];
  readonly notes: readonly string[];
  /** Null for read-only runbooks: they have no gate. */
  readonly approval: Required<ApprovalPolicy> | null;
  /** Whether people are asked before its first change; null for read-only runbooks, which change nothing. */
  readonly gated: boolean | null;
  /** A person may waive its gates in an emergency. */
  readonly breakGlass?: true;
  readonly example: unknown;
  /** JSON Schema of what a person gives. */
  readonly input: { readonly properties?: Readonly<Record<string, unknown>>; readonly required?: readonly string[] };
  /** The names of the operations that it requests. */
  readonly operations: readonly string[];
}

/** A procedure that somebody wants to have as a runbook. */
export interface Procedure {
  readonly id: string;
  readonly procedure: string;
  readonly system: string;
  /** The command of `runbook` that does it, when it is no runbook. */
  readonly command?: string;
  /** Where it is, when it is no runbook: a path from the project's root. */
  readonly document?: string;
  /** Why no runbook has it yet. */
  readonly later?: string;
}
