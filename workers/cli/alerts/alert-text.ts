import { onOneLine } from '../../../activities/report/printable';
import type { AlertTrial } from './alert-trial';

const VERDICTS: Readonly<Record<AlertTrial['state'], string>> = {
  new: 'is taken',
  started: 'starts a run',
  joined: 'joins a run',
  held: 'starts nothing now',
  mass: 'part of a mass incident: people decide',
  dropped: 'starts nothing',
  stale: 'starts nothing',
  unroutable: 'starts nothing',
  watchdog: 'starts nothing',
};

/** What each alert would lead to, as a block of lines. */
export function trialText(trial: AlertTrial): string {
  const { alert, status, state, because, route, runbook, target, input, risk, gate, run } = trial;
  const head = `${alert} (${status}) ${VERDICTS[state]}${because && state !== 'started' ? `: ${because}` : ''}`;
  const lines = [
    route && `route    ${route}`,
    runbook && `runbook  ${runbook}, risk ${risk ?? ''}, gate: ${gate ?? ''}`,
    target && `target   ${target}`,
    input && `input    ${JSON.stringify(input)}`,
    run && `run      ${run}`,
  ];
  return [head, ...lines.filter((line) => typeof line === 'string').map((line) => `    ${line}`)].map(oneLine).join('\n');
}

const oneLine = (line: string): string => `${/^ */.exec(line)?.[0] ?? ''}${onOneLine(line)}`;
