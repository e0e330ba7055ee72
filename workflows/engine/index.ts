/**
 * The whole vocabulary of a runbook.
 *
 * runbook: a procedure as code, a static header and a flow. run: one execution of it. verb: one of the ten things a flow can do.
 * step: one call of a verb. operation: one SQL read or write, declared as data in `activities/`. target: a named database.
 * plan: the journal of a rehearsal, with a hash. gate: a step that waits for a human. before: what a write found before it acted.
 * undo: the operation that restores `before`. point of no return: a step after which only forward is possible.
 */
export { defineRunbook, type Runbook } from './flow/define-runbook';
export { defineIncident } from './incident/define-incident';
export { operations } from './flow/operations';
export type { Closing, Run } from './flow/verbs';
