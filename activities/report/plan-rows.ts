import type { Plan, PlannedStep } from '../../workflows/contracts/journal';
import { numbered } from '../../workflows/pure/numbered';
import { wayBackSentence, type Fact } from './facts';
import { onOneLine, shortened } from './printable';

/** The columns of a plan's table. */
export const PLAN_COLUMNS = ['#', 'verb', 'title', 'found', 'way back'] as const;

/** A plan's steps as rows of plain text, in the order of `PLAN_COLUMNS`. */
export function planRows(plan: Plan): string[][] {
  return plan.steps.map((step, index) => [
    String(index + 1),
    step.verb,
    `${'  '.repeat(step.depth)}${onOneLine(step.title)}${step.times > 1 ? ` (up to ${step.times} times)` : ''}${step.finished ? ' (finished already)' : ''}`,
    step.write ? numbered(step.write.before.count, 'row') : '',
    shortWayBack(step),
  ]);
}

/** What there is to know of a step that changes something; empty for every other step. */
export function plannedFacts(step: PlannedStep): Fact[] {
  const { write } = step;
  const facts: (Fact | false | undefined)[] = [
    step.note !== undefined && step.note !== '' && { label: 'Note', value: step.note },
    step.child !== undefined && {
      label: 'Child run',
      value: `plan ${step.child.slice(0, 8)}${step.childRisk ? `, risk ${step.childRisk}` : ''}${step.childScope ? `, touches one ${step.childScope}` : ''}; this approval covers it`,
    },
    write && { label: 'Found', value: `${numbered(write.before.count, 'row')}${sample(write.before.sample)}` },
    write && { label: 'Way back', value: wayBackSentence(write.undo) },
    write && { label: 'Locks', value: write.locks },
    write && { label: 'Touches', value: write.scope === 'cluster' ? 'the whole cluster' : 'this database' },
    write && { label: 'The hash binds', value: write.binds },
    write?.protects !== undefined && { label: 'Protects', value: write.protects },
    write?.irreversible && {
      label: 'POINT OF NO RETURN',
      value: write.pointOfNoReturn ? 'earlier ways back end here; cancel and rollback are refused afterwards' : 'nothing undoes this step',
    },
    write?.pointOfNoReturn && !write.irreversible && { label: 'POINT OF NO RETURN', value: 'earlier ways back end here' },
  ];
  return facts.filter((fact) => typeof fact === 'object');
}

function shortWayBack({ write, child }: PlannedStep): string {
  if (child !== undefined) return 'by the child run';
  if (!write) return '';
  if (write.irreversible || write.pointOfNoReturn) return '! POINT OF NO RETURN';
  return 'by' in write.undo ? 'undo' : 'none';
}

function sample(rows: readonly unknown[]): string {
  if (!rows.length) return '';
  const shown = rows.slice(0, 5).map((row) => shortened(JSON.stringify(row), 200));
  return `, such as ${shown.join(', ')}`;
}
