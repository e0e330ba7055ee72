import type { Plan, PlannedStep } from '../../workflows/contracts/journal';
import { pluralize } from '../../workflows/pure/pluralize';
import { countGates, listGates } from '../../workflows/pure/planned-gates';
import { undoSentence, type Fact } from './facts';
import { onOneLine, shorten } from './printable';

/** The columns of a plan's table. */
export const PLAN_COLUMNS = ['#', 'verb', 'title', 'found', 'undo'] as const;

/** A plan's steps as rows of plain text, in the order of `PLAN_COLUMNS`. */
export function planRows(plan: Plan): string[][] {
  const gates = listGates(plan.steps);
  const of = countGates(plan.steps);
  const gateOf = ({ key }: PlannedStep): string => {
    const gate = gates.find((one) => one.key === key);
    if (!gate) return '';
    return gate.times > 1 ? `gates ${gate.number} to ${gate.number + gate.times - 1} of ${of}: ` : `gate ${gate.number} of ${of}: `;
  };
  return plan.steps.map((step, index) => [
    String(index + 1),
    step.verb,
    `${'  '.repeat(step.depth)}${gateOf(step)}${onOneLine(step.title)}${step.times > 1 ? ` (up to ${step.times} times)` : ''}${step.finished ? ' (finished already)' : ''}`,
    step.write ? pluralize(step.write.before.count, 'row') : '',
    shortUndo(step),
  ]);
}

/** What there is to know of a step that changes something; empty for every other step. */
export function factsOfPlan(step: PlannedStep): Fact[] {
  const { write } = step;
  const facts: (Fact | false | undefined)[] = [
    step.note !== undefined && step.note !== '' && { label: 'Note', value: step.note },
    step.child !== undefined && {
      label: 'Child run',
      value: `plan ${step.child.slice(0, 8)}${step.childRisk ? `, risk ${step.childRisk}` : ''}${step.childScope ? `, touches one ${step.childScope}` : ''}; this approval covers it`,
    },
    write && { label: 'Found', value: `${pluralize(write.before.count, 'row')}${sample(write.before.sample)}` },
    write && { label: 'Undo', value: undoSentence(write.undo) },
    write && { label: 'Locks', value: write.locks },
    write && { label: 'Touches', value: write.scope === 'cluster' ? 'the whole cluster' : 'this database' },
    write && { label: 'The hash binds', value: write.binds },
    write?.protects !== undefined && { label: 'Protects', value: write.protects },
    write?.irreversible && {
      label: 'POINT OF NO RETURN',
      value: write.pointOfNoReturn ? 'earlier undos end here; cancel and rollback are refused afterwards' : 'nothing undoes this step',
    },
    write?.pointOfNoReturn && !write.irreversible && { label: 'POINT OF NO RETURN', value: 'earlier undos end here' },
  ];
  return facts.filter((fact) => typeof fact === 'object');
}

function shortUndo({ write, child }: PlannedStep): string {
  if (child !== undefined) return 'by the child run';
  if (!write) return '';
  if (write.irreversible || write.pointOfNoReturn) return '! POINT OF NO RETURN';
  return 'by' in write.undo ? 'undo' : 'none';
}

function sample(rows: readonly unknown[]): string {
  if (!rows.length) return '';
  const shown = rows.slice(0, 5).map((row) => shorten(JSON.stringify(row), 200));
  return `, such as ${shown.join(', ')}`;
}
