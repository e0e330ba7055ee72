import { EXIT, type ExitCode } from '../terminal/exit-codes';
import { explainError } from '../terminal/explain-error';
import { connectTemporal, type Temporal } from '../terminal/temporal';
import { cliConfig } from '../terminal/config';
import type { Finding } from './finding';
import { notifyFinding } from '../alerts/notify-finding';
import { registry } from './targets';
import { probeTarget } from './probe-target';
import { probeProblems } from './probe-text';
import { readStoredReport } from '../runs/stored-report';
import { pluralize } from '../../../workflows/pure/pluralize';

/** Said with every doctor's report. */
export const WHO_CAN_DO_WHAT =
  "Know this: whoever can write to the Temporal namespace can do what the workers' logins can. Approvals by a claimed name bind only as far as that access is kept.";

const ATTRIBUTES = ['RunbookName', 'RunbookTarget', 'RunbookPhase', 'RunbookRisk', 'RunbookRequester', 'RunbookEpisode'];
const WORKFLOW_QUEUE = 1;

/** Looks at everything; a failing look is a finding and stops no other. */
export async function examine(): Promise<Finding[]> {
  return [...(await temporalFindings()), ...(await targetFindings()), await controlFinding(), notifyFinding()];
}

/** 0 when nothing is bad, 4 when something did not answer, else 1. */
export function exitCodeOf(findings: readonly Finding[]): ExitCode {
  const bad = findings.filter(({ state }) => state === 'bad');
  if (!bad.length) return EXIT.done;
  return bad.some(({ unreachable }) => unreachable) ? EXIT.unreachable : EXIT.failed;
}

async function temporalFindings(): Promise<Finding[]> {
  let temporal: Temporal;
  try {
    temporal = await connectTemporal();
  } catch (error) {
    return [{ what: 'Temporal', state: 'bad', says: explainError(error).message, unreachable: true }];
  }
  try {
    return [
      { what: 'Temporal', state: 'good', says: `answers at ${temporal.address}, namespace ${temporal.namespace}` },
      await attributeFinding(temporal),
      await workerFinding(temporal),
    ];
  } finally {
    await temporal.connection.close();
  }
}

async function attributeFinding({ connection, namespace }: Temporal): Promise<Finding> {
  const what = 'Search attributes';
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = ATTRIBUTES.filter((name) => customAttributes[name] === undefined);
    if (!missing.length) return { what, state: 'good', says: 'all are registered' };
    return {
      what,
      state: 'hint',
      says: `not registered: ${missing.join(', ')}. Runs go without them; register each as Keyword (temporal operator search-attribute create --type Keyword --name …) and restart the workers`,
    };
  } catch (error) {
    return { what, state: 'hint', says: `the server does not say (${explainError(error).message})` };
  }
}

async function workerFinding({ client, connection, namespace, config }: Temporal): Promise<Finding> {
  const what = 'Worker';
  try {
    const { pollers } = await connection.withDeadline(Date.now() + 5_000, () =>
      client.workflowService.describeTaskQueue({ namespace, taskQueue: { name: config.taskQueue }, taskQueueType: WORKFLOW_QUEUE }),
    );
    const names = (pollers ?? []).map(({ identity }) => identity ?? '?');
    if (names.length)
      return {
        what,
        state: 'good',
        says: `${names.length} polled task queue ${config.taskQueue} in the last minutes (${names.slice(0, 3).join(', ')})`,
      };
    return { what, state: 'bad', says: `nobody polls task queue ${config.taskQueue}: runs wait. Start one: npm run worker`, unreachable: true };
  } catch (error) {
    return { what, state: 'bad', says: explainError(error).message, unreachable: true };
  }
}

async function targetFindings(): Promise<Finding[]> {
  const { targetsFile } = cliConfig();
  try {
    const all = registry();
    const probed = await Promise.all(all.names.map((name) => targetFinding(name)));
    return [
      {
        what: 'Targets file',
        state: all.names.length ? 'good' : 'hint',
        says: `${targetsFile} has ${pluralize(all.names.length, 'target')}`,
      },
      ...probed,
    ];
  } catch (error) {
    return [{ what: 'Targets file', state: 'bad', says: explainError(error).message }];
  }
}

async function targetFinding(name: string): Promise<Finding> {
  const what = `Target ${name}`;
  const target = registry().find(name);
  const probes = await probeTarget(target);
  const problems = probeProblems(target, probes);
  if (!problems.length)
    return {
      what,
      state: 'good',
      says: `ready (${probes.map(({ node, identity }) => `${node} ${identity?.role ?? ''} ${identity?.version ?? ''}`).join(', ')})`,
    };
  return { what, state: 'bad', says: problems.join('; '), unreachable: probes.every(({ identity }) => identity === null) };
}

async function controlFinding(): Promise<Finding> {
  const what = 'Control database';
  const { controlReadUrl } = cliConfig();
  if (controlReadUrl === null)
    return { what, state: 'hint', says: 'RUNBOOKS_CONTROL_READ_URL is not set: reports live as long as Temporal keeps the runs' };
  try {
    await readStoredReport(controlReadUrl, 'no such run');
    return { what, state: 'good', says: 'answers, and its reports can be read' };
  } catch (error) {
    return { what, state: 'bad', says: explainError(error).message, unreachable: true };
  }
}
