import { pollUntil } from '../../../scripts/parts/poll-until';
import { main } from '../../../workers/cli/main';
import { mitigationOf, type MitigateOptions } from '../../../workers/cli/runs/mitigation';
import { checkMessage } from '../../../workers/cli/runs/send-message';
import { incidentCalls, incidentLine } from '../../../workers/cli/watch/watch-incident';
import { sharedTemporal } from '../../support/shared';
import { runHandle, startWorld, type RunHandle, type World } from '../../support/world';
import { incident } from '../../activities/report/incident-report';
import { recordPrinting } from '../../support/printing';

const printed = recordPrinting();

const refusal = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    expect(error).toMatchObject({ exitCode: 2 });
    return (error as Error).message;
  }
  throw new Error('it was taken');
};

describe('what would be sent', () => {
  it('is checked by the schema of the run, and named as the command is', () => {
    expect(checkMessage('handOver', { by: 'ann', to: 'bob', reason: 'shift' })).toEqual({ by: 'ann', to: 'bob', reason: 'shift' });
    expect(refusal(() => checkMessage('handOver', { by: 'ann', reason: 'shift' }))).toMatch(/^hand-over was not sent:\n {2}--to: /);
    expect(refusal(() => checkMessage('acknowledge', { by: 'ann', reason: 'x' }))).toContain('acknowledge was not sent');
  });

  it('a mitigation is checked by the schema of its runbook, and its target is the incident’s', async () => {
    expect(await mitigationOf({})).toEqual({});
    expect(await mitigationOf({ runbook: 'relieve-connection-exhaustion', set: ['freeSlots=30'] })).toEqual({
      runbook: 'relieveConnectionExhaustion',
      input: { freeSlots: 30 },
    });
    const refused = (options: MitigateOptions): Promise<string> =>
      mitigationOf(options).then(
        () => Promise.reject(new Error('it was taken')),
        (error: Error) => error.message,
      );
    const wrong = await refused({ runbook: 'relieveConnectionExhaustion', set: ['target=other', 'freeSlots=many', 'idleLongerThan=soon'] });
    expect(wrong).toContain('target: relieveConnectionExhaustion takes no such input');
    expect(wrong).toContain('freeSlots: "many" is no whole number');
    expect(wrong).toContain('idleLongerThan: a span is a number and a unit');
    expect(await refused({ set: ['freeSlots=30'] })).toContain('name it with --runbook');
    expect(await refused({ runbook: 'respondToP2' })).toContain('responds to an incident and fixes nothing');
    expect(await refused({ runbook: 'refreshTview' })).toContain('entity: it is needed (--set entity=…)');
  });
});

describe('the watch of an incident', () => {
  const bare = { ...incident, milestones: {}, holder: null, runs: [] };
  const commands = (...given: Parameters<typeof incidentCalls>) =>
    incidentCalls(...given).flatMap(({ lines }) => lines.flatMap(({ text }) => (text.startsWith('    ') ? [text.trim()] : [])));

  it('says how far it is, and who looks after it', () => {
    const now = Date.parse('2026-03-11T02:20:00.000Z');
    expect(incidentLine(bare, now)).toBe('… P1 open, nobody looks after it; it began 6 min ago');
    expect(incidentLine({ ...incident, holder: 'bob\u001b[2J' }, now)).toBe('… P1 resolved, bob�[2J looks after it; it began 6 min ago');
  });

  it('gives the next command, and those of mitigations that are open', () => {
    const { acknowledged, assessed } = incident.milestones;
    expect(commands('r/t/1', bare)).toEqual(['runbook acknowledge r/t/1']);
    expect(commands('r/t/1', { ...bare, holder: 'ann', milestones: { acknowledged } as typeof incident.milestones })).toEqual([
      'runbook assess r/t/1 --reason "…"',
    ]);
    const open = incident.runs.map((run) => ({ ...run, outcome: null })).slice(1, 2);
    expect(commands('r/t/1', { ...incident, milestones: { assessed } as typeof incident.milestones, runs: open })).toEqual([
      'runbook resolve r/t/1 --reason "cause and fix"',
      `runbook watch ${open[0]?.workflowId ?? ''}`,
      `runbook approve ${open[0]?.workflowId ?? ''}`,
    ]);
    expect(commands('r/t/1', incident)).toEqual([]);
  });
});

describe('against a real run', () => {
  let world: World;
  let run: RunHandle;
  let id: string;
  beforeAll(async () => {
    world = await startWorld();
    Object.assign(process.env, {
      TEMPORAL_ADDRESS: await sharedTemporal(),
      TEMPORAL_NAMESPACE: world.namespace,
      RUNBOOK_BY: 'ann',
    });
    delete process.env['RUNBOOKS_CONTROL_READ_URL'];
    run = await world.start('respondToP2', { kind: 'security', impact: 'a stolen key', lookEvery: '1 second', watchFor: '1 second' });
    id = run.handle.workflowId;
    await pollUntil(async () => (await run.report()).incident !== undefined, 15_000);
  });
  afterAll(() => world.stop());

  it('each command sends its message, and prints the receipt', async () => {
    const sends: [string[], string][] = [
      [['acknowledge', id], 'You look after it now.'],
      [['assess', id, '--reason', 'one key of the shop'], 'The assessment is recorded'],
      [['hand-over', id, '--to', 'bob', '--reason', 'shift'], 'bob looks after it now.'],
      [['note', id, '--reason', 'the key was from March', '--by', 'bob'], 'It stands in the timeline.'],
      [
        ['mitigate', id, '--reason', 'look again', '--runbook', 'diagnoseDatabase', '--set', 'lockWaitLongerThan=5 seconds'],
        'diagnoseDatabase is started',
      ],
      [['mitigate', id, '--reason', 'the key is off'], 'It is mitigated'],
    ];
    for (const [argv, receipt] of sends) {
      printed.text = '';
      expect([argv[0], await main(argv), printed.text]).toEqual([argv[0], 0, expect.stringContaining(`${id}: ${receipt}`)]);
    }
    printed.text = '';
    expect(await main(['hand-over', id, '--to', 'bob', '--reason', 'again'])).toBe(3);
    expect(printed.text).toContain('Refused: bob looks after it already.');
    expect(await main(['note', id, '--reason', 'x', '--by', 'the database'])).toBe(3);
    expect(printed.text).toContain('is no person');
    expect((await run.report()).incident).toMatchObject({ holder: 'bob', severity: 'P2' });
  });

  it('it is watched while it goes on, its draft made, and it is resolved', async () => {
    expect(await main(['watch', id, '--wait', '1 second'])).toBe(5);
    expect(printed.text).toContain('Incident acknowledged');
    expect(printed.text).toContain('? When it is over');
    printed.text = '';
    expect(await main(['post-mortem', id])).toBe(0);
    expect(printed.text).toContain('THE INCIDENT HAS NOT ENDED');
    printed.text = '';
    expect(await main(['resolve', id, '--reason', 'the key was revoked', '--json'])).toBe(0);
    expect(JSON.parse(printed.text)).toMatchObject({ run: id, accepted: true });
    await run.result();
    printed.text = '';
    expect(await main(['post-mortem', id, '--html'])).toBe(0);
    expect(printed.text).toContain('the key was revoked, as said by ann (UNVERIFIED)');
    const [, child] = (await run.report()).incident?.runs ?? [];
    const other = runHandle(world.client.workflow.getHandle(child?.workflowId ?? ''), child?.workflowId ?? '');
    await other.result();
    printed.text = '';
    expect(await main(['post-mortem', child?.workflowId ?? ''])).toBe(2);
    expect(printed.text).toContain('is no response to an incident');
  });
});
