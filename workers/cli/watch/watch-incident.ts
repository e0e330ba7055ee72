import { MILESTONES } from '../../../workflows/contracts/incident';
import type { IncidentRecord } from '../../../workflows/contracts/incident';
import { onOneLine } from '../../../activities/report/printable';
import { inWords } from '../../../workflows/pure/span';
import { shellWord, type WatchLine } from './watch-lines';

/** The line that is redrawn while an incident goes on: how far it is, who looks after it, for how long it lasts. */
export function incidentLine({ severity, startsAt, holder, milestones }: IncidentRecord, now: number): string {
  const stage = MILESTONES.findLast((name) => milestones[name] !== undefined) ?? 'open';
  const who = holder === null ? 'nobody looks after it' : `${holder} looks after it`;
  return onOneLine(`… ${severity} ${stage}, ${who}; it began ${inWords(now - Date.parse(startsAt))} ago`);
}

/** What a person should do for an incident now, as blocks with a key: each is shown once. */
export function incidentCalls(
  run: string,
  { holder, milestones, runs }: IncidentRecord,
): { readonly key: string; readonly lines: readonly WatchLine[] }[] {
  const id = shellWord(run);
  const next = milestones.resolved
    ? null
    : holder === null
      ? { says: '? Nobody looks after it', command: `runbook acknowledge ${id}` }
      : !milestones.assessed && !milestones.mitigated
        ? { says: '? Say what is affected', command: `runbook assess ${id} --reason "…"` }
        : { says: '? When it is over', command: `runbook resolve ${id} --reason "cause and fix"` };
  return [
    ...(next ? [{ key: `incident ${next.command}`, lines: [line(next.says, 'attention'), line(`    ${next.command}`, 'plain')] }] : []),
    ...runs
      .filter(({ outcome, workflowId }) => outcome === null && workflowId.includes('/mitigation/'))
      .map(({ runbook, workflowId }) => ({
        key: `incident run ${workflowId}`,
        lines: [
          line(`? ${runbook} was started for it; it asks at its own gate`, 'attention'),
          line(`    runbook watch ${shellWord(workflowId)}`, 'plain'),
          line(`    runbook approve ${shellWord(workflowId)}`, 'plain'),
        ],
      })),
  ];
}

const line = (text: string, tone: WatchLine['tone']): WatchLine => ({ text: `${/^ */.exec(text)?.[0] ?? ''}${onOneLine(text)}`, tone });
