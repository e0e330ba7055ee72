import { textTable } from '../../activities/report/text-table';
import type { GatewayUnderLoad } from './gateway';
import type { Series } from './numbers';
import { PHASES, type Phase } from './phases';
import { WANTED, type Measured } from './result';
import type { WholeRun } from './whole-run';

const HEAD = ['what', 'median', 'middle half', 'rounds', 'wanted'];
const ms = (value: number): string => `${value} ms`;
const times = (value: number): string => `${value} x`;

/** The result for people: what is measured in words, and where the time of a whole run goes. */
export function tableOf({ wholeRun, kills, waiting, tviews, switchovers = [], gateway, cli }: Measured): string {
  const rows: string[][] = [HEAD];
  if (wholeRun) rows.push(...wholeRunRows(wholeRun));
  if (kills) {
    rows.push(
      row('from an approval to the start of the next step', kills.approvalToNextStep, ms, WANTED.approvalToNextStepMs),
      row(
        'from the kill of the worker between two steps (approved at once) to the start of the next',
        kills.killBetweenSteps,
        ms,
        WANTED.killBetweenStepsMs,
      ),
      row('from the kill of the worker inside a write to its effect, less the write itself', kills.killInsideWrite, ms, WANTED.killInsideWriteMs),
    );
  }
  if (waiting) {
    const { runs, headers, atOnce } = waiting;
    rows.push(
      [`memory of a run that waits at a gate (process, ${runs} runs, ${headers} runbooks)`, `${waiting.rssKbPerRun} KiB`, '', '', ''],
      ['the same, heap after a collection', `${waiting.heapKbPerRun} KiB`, '', '', ''],
      ['memory of the idle worker', `${waiting.idleWorkerMb} MiB`, '', '', ''],
      [`${atOnce.runs} runs at once on one target: ended well`, `${atOnce.done} in ${atOnce.seconds} s`, '', '', `${atOnce.runs}`],
    );
  }
  if (tviews) {
    const { drain, disable } = tviews;
    rows.push(
      [`draining ${drain.entries} queued refreshes of ${drain.views} views`, `${drain.entriesPerSecond} entries/s`, '', '1', ''],
      ['the same against the same statements by one pg client', times(drain.overPg), '', '1', ''],
      [`disabling ${disable.triggers} refresh triggers under 4 writers`, `${disable.seconds} s`, '', '1', ''],
      ['the longest wait of a writer meanwhile', ms(disable.longestWriteMs), '', '1', ''],
    );
  }
  for (const { through, pauseMs, p90Ms, errors, reconnects, lost, byHandMs, overByHand } of switchovers) {
    rows.push(
      row(`longest pause of 4 writers in a switchover through ${through}`, pauseMs, ms, WANTED.switchoverPauseMs),
      [`  shortest, 9 of 10 within, longest`, `${pauseMs.range[0]}, ${p90Ms}, ${pauseMs.range[1]} ms`, '', '', ''],
      [`  errors, reconnects, acknowledged rows lost`, `${errors}, ${reconnects}, ${lost}`, '', '', through === 'pgbouncer' ? '0, 0, 0' : 'lost: 0'],
      row('  the same steps by hand, without plan, proof and record', byHandMs, ms),
      ['  over by hand', times(overByHand), '', '', ''],
    );
  }
  if (gateway) rows.push(...gatewayRows(gateway));
  if (cli) rows.push(row('runbook --help', cli.help, ms), row('runbook list', cli.list, ms), row('node -e 0, for comparison', cli.bareNode, ms));
  return [textTable(rows), ...(wholeRun ? ['', wholeRunText(wholeRun)] : [])].join('\n');
}

const row = (what: string, series: Series, unit: (value: number) => string, wanted?: number): string[] => [
  what,
  unit(series.median),
  `${series.quartiles[0]} to ${series.quartiles[1]}`,
  String(series.n),
  wanted === undefined ? '' : `at most ${unit(wanted)}`,
];

function gatewayRows({
  answers,
  lost,
  residentMb,
  episodes,
  runs,
  missing,
  overLimit,
  held,
  joined,
  alertmanager,
  p99OverAlertmanager,
  burst,
  hostile,
}: GatewayUnderLoad): string[][] {
  const figure = (what: string, is: string, wanted = ''): string[] => [what, is, '', '', wanted];
  return [
    figure(
      `${answers.sent} alerts to the gateway in ${answers.seconds} s: half and 99 of 100 answered within, longest`,
      `${answers.p50Ms}, ${answers.p99Ms}, ${answers.maxMs} ms`,
      `99 of 100: ${WANTED.gatewayP99Ms} ms`,
    ),
    figure('  lost, runs that Temporal has not, runs against the storm rules', `${lost}, ${missing}, ${overLimit}`, '0, 0, 0'),
    figure('  episodes, runs, joined, held', `${episodes}, ${runs}, ${joined}, ${held}`),
    figure('  memory of the gateway (process) before and after', `${residentMb.join(', ')} MiB`),
    figure("  Alertmanager's own API under the same, in memory: 99 of 100 answered within", alertmanager ? ms(alertmanager.p99Ms) : 'not found'),
    figure('  over Alertmanager', p99OverAlertmanager === null ? 'not found' : times(p99OverAlertmanager)),
    figure(
      `${burst.deliveries} identical deliveries at once: accepted, runs, all answered within`,
      `${burst.accepted}, ${burst.runs}, ${burst.seconds} s`,
      `${burst.deliveries}, 1`,
    ),
    figure(
      `answers to ${Object.keys(hostile.answers).join(', ')}`,
      Object.values(hostile.answers)
        .map((statuses) => statuses.join('/'))
        .join(', '),
      '4xx, but 202 for the alerts',
    ),
    figure('  memory of the gateway before, at most in a first pass, at most in a second', `${hostile.residentMb.join(', ')} MiB`),
  ];
}

function wholeRunRows({ overBareTemporal, overBareTemporalWithRehearsal, overPg, overPsqlPerStep, spreads, events }: WholeRun): string[][] {
  const ratio = (what: string, value: number, spread: Series | undefined, wanted?: number): string[] => [
    what,
    times(value),
    spread ? `${spread.quartiles[0]} to ${spread.quartiles[1]}` : '',
    spread ? String(spread.n) : '',
    wanted === undefined ? '' : `at most ${times(wanted)}`,
  ];
  return [
    ratio(
      'ten-step run over a bare Temporal workflow: same reads, previews, writes',
      overBareTemporal,
      spreads['overBareTemporal'],
      WANTED.overBareTemporal,
    ),
    ratio(
      'over a bare workflow that also rehearses the reads',
      overBareTemporalWithRehearsal,
      spreads['overBareTemporalWithRehearsal'],
      WANTED.overBareTemporalWithRehearsal,
    ),
    ['events in its history', String(events.runbook), '', '', `at most ${WANTED.wholeRunEvents}`],
    ratio('over the same SQL in one pg client', overPg, spreads['overPg']),
    overPsqlPerStep === null
      ? ['over one psql process a step', 'skipped: no psql', '', '', '']
      : ratio('over one psql process a step (no previews)', overPsqlPerStep, spreads['overPsqlPerStep']),
  ];
}

function wholeRunText({ ms: each, events, phasesMs, hops }: WholeRun): string {
  const total = Object.values(phasesMs).reduce((sum, part) => sum + part, 0);
  const phases = (Object.keys(PHASES) as Phase[]).map((phase) => [
    `  ${PHASES[phase]}`,
    ms(phasesMs[phase]),
    `${Math.round((phasesMs[phase] / total) * 100)} %`,
  ]);
  const hop = (of: typeof hops.runbook): string =>
    `${of.workflowTasks} workflow tasks with ${of.localActivities} local activities ${of.workflowTasksMs} ms, activities ${of.activitiesMs} ms, waiting in queues ${of.queuesMs} ms`;
  return [
    `A whole run takes ${Object.entries(each)
      .map(([name, value]) => `${value} ms (${name})`)
      .join(', ')}; ${events.runbook} events, bare Temporal ${events.bareTemporal}.`,
    'Where the time of the runbook goes, from the times in its history:',
    textTable([['  phase', 'median', 'share'], ...phases]),
    `  runbook: ${hop(hops.runbook)}`,
    `  bare:    ${hop(hops.bareTemporal)}`,
  ].join('\n');
}
