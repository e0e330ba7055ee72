import { pollUntil } from '../../../scripts/parts/poll-until';
import { attestsSenders } from '../../../activities/runs/attribution';
import { main } from '../../../workers/cli/main';
import { recordPrinting } from '../../support/printing';
import { sharedTemporal } from '../../support/shared';
import { runHandle, startWorld, type RunHandle, type World } from '../../support/world';

const printed = recordPrinting();
let world: World;

beforeAll(async () => {
  world = await startWorld({ environment: 'production' });
  Object.assign(process.env, { TEMPORAL_ADDRESS: await sharedTemporal(), TEMPORAL_NAMESPACE: world.namespace, RUNBOOK_BY: 'olga' });
});
afterAll(() => world.stop());

/** Approves on the command line; answers with the exit code and what was printed. */
async function approve(run: RunHandle, ...more: string[]): Promise<[code: number, text: string]> {
  const { plan } = await run.until((now) => now.gate !== null, 'a gate');
  printed.text = '';
  const code = await main(['approve', run.id, '--plan', plan?.slice(0, 8) ?? '', ...more]);
  return [code, printed.text];
}

test('case O1: an approval names its gate; another gate is refused with the one that is open', async () => {
  const run = await world.start('restock');
  expect(await approve(run)).toEqual([2, expect.stringContaining('--plan and --gate belong together')]);
  expect(await approve(run, '--gate', '2')).toEqual([3, expect.stringContaining('gate 1 of 1, "Restock"')]);
  expect(await approve(run, '--gate', '1')).toEqual([0, expect.stringContaining('at gate 1 of 1, "Restock", is recorded and counts.')]);
  expect((await run.result()).outcome).toBe('done');
});

test('case O2: where nobody is attested, the command is refused at once and says what to do', async () => {
  const run = await world.start('dropForGood');
  expect(await approve(run, '--gate', '1')).toEqual([3, expect.stringContaining('targets.yaml: "approvals: claimed"')]);
  printed.text = '';
  await main(['watch', run.id, '--wait', '1 second']);
  expect(printed.text).toContain('No approval counts here');
  await reject(run);
});

test('case O2: where a sender may be attested, the command waits for the count and says that it is not counted', async () => {
  const run = await startBySchedule('dropForGood');
  const [code, text] = await approve(run, '--gate', '1');
  expect(text).toContain('not counted: This is a production target');
  expect(code).toBe(3);
  expect((await run.report()).decisions).toMatchObject([{ by: 'olga', gateNumber: 1, refused: expect.stringContaining('nobody attests') }]);
  await reject(run);
});

test('where a sender may be attested and need not be, the command says that the approval counts', async () => {
  const run = await startBySchedule('restock');
  expect(await approve(run, '--gate', '1')).toEqual([0, expect.stringContaining('gate 1, "Restock", counts.')]);
  expect((await run.result()).outcome).toBe('done');
  expect((await run.report()).decisions).toMatchObject([{ by: 'olga', assurance: 'claimed', identity: expect.any(String) }]);
});

test('a server that attested who started a run attests who sends it messages', async () => {
  const attested = { history: { events: [{ principal: { name: 'olga@example.com' }, workflowExecutionStartedEventAttributes: {} }] } };
  const client = { workflowService: { getWorkflowExecutionHistory: () => Promise.resolve(attested) } };
  expect(await attestsSenders(client as never, 'n', { workflowId: 'w', runId: 'r' })).toBe(true);
});

async function reject(run: RunHandle): Promise<void> {
  await run.send('reject', { by: 'oleg', reason: 'a test' });
  expect((await run.failure()).type).toBe('ApprovalRefused');
}

/** Starts a run as a schedule does: the server itself starts it, so its start does not show whether senders are attested. */
async function startBySchedule(runbook: string): Promise<RunHandle> {
  const schedule = await world.client.schedule.create({
    scheduleId: `by-schedule-${runbook}`,
    spec: {},
    action: { type: 'startWorkflow', workflowType: runbook, taskQueue: world.taskQueue, args: [{ target: 'shop', by: 'rita' }] },
  });
  let id = '';
  await schedule.trigger();
  await pollUntil(async () => {
    const [action] = (await schedule.describe()).info.recentActions;
    id = action?.action.workflow.workflowId ?? '';
    return id !== '';
  }, 15_000);
  await schedule.delete();
  return runHandle(world.client.workflow.getHandle(id), id);
}
