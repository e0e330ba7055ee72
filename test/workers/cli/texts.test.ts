import { exitCodeOf } from '../../../workers/cli/targets/examine';
import { installScript } from '../../../workers/cli/targets/ledger-install';
import { lockText } from '../../../workers/cli/runs/lock-text';
import { probeProblems, probeText } from '../../../workers/cli/targets/probe-text';
import { runTable } from '../../../workers/cli/runs/run-table';
import { targetTable, targetText } from '../../../workers/cli/targets/target-text';
import { registryOf } from '../../../activities/targets/registry';
import { identity } from '../../activities/report/hostile-report';

const target = registryOf({
  targets: {
    'orders-eu': {
      environment: 'production',
      database: 'orders',
      nodes: [{ name: 'eu-1', host: '10.0.0.1' }],
      logins: { read: { user: 'rb_read', password: { env: 'SECRET' } }, control: { user: 'rb_ctl' } },
    },
  },
}).find('orders-eu');

it('shows runs in columns', () => {
  const run = {
    id: 'r/t/1',
    runbook: 'r',
    target: 't',
    phase: 'running',
    open: true,
    startedAt: '2026-01-01T03:00:00.000Z',
    endedAt: null,
    requester: '',
  };
  expect(runTable([run], Date.parse('2026-01-01T03:05:00.000Z')).split('\n')[2]).toBe('r/t/1  t       running  2026-01-01 03:00 UTC  5 min  -');
});

it('shows who holds a lock, since when, and who waits', () => {
  const request = {
    systemIdentifier: '73',
    database: 'orders',
    scope: 'database' as const,
    workflowId: 'r/t/1',
    firstRunId: 'f',
    runId: 'x',
    runbook: 'r',
    target: 't',
    requestedBy: 'ann',
    floor: 0,
    plannedAt: '',
  };
  const state = {
    systemIdentifier: '73',
    lastToken: 4,
    releasedAt: {},
    holders: [{ ...request, changedSincePlan: false, token: 4, since: '2026-01-01T03:00:00.000Z', needsCleanUp: 'it ended' }],
    waiters: [{ ...request, workflowId: 'r/t/2', requestedBy: null }],
  };
  const text = lockText('orders-eu', state, Date.parse('2026-01-01T03:10:00.000Z'));
  expect(text).toContain('holds database orders for 10 min, token 4: r/t/1 on t, asked for by ann');
  expect(text).toContain('NEEDS CLEAN-UP: it ended');
  expect(text).toContain('waits, 1.: r/t/2 on t');
  expect(lockText('orders-eu', null, 0)).toBe('Nobody holds the lock of orders-eu.');
});

describe('a probe', () => {
  const probe = {
    node: 'eu-1',
    identity,
    hasLedger: false,
    systems: ['pg_tviews: extension 0.1.0 in schema public'],
    logins: [{ login: 'read' as const, user: 'rb_read', connects: true, missing: ['membership of pg_monitor'] }],
  };

  it('prints what to paste', () => {
    const text = probeText(target, [probe]);
    expect(text).toContain('      systemIdentifier: "7300000000000000001"');
    expect(text).toContain('dataDirectory: "/var/lib/postgresql/data"');
    expect(text).toContain('targets.yaml has no login for: signal, maintain, own');
  });

  it('names everything that is in the way', () => {
    expect(probeProblems(target, [probe])).toEqual([
      expect.stringContaining('has no "expects"'),
      expect.stringContaining('no ledger; run "runbook target install orders-eu"'),
      expect.stringContaining('lacks membership of pg_monitor'),
    ]);
    expect(probeProblems(target, [{ node: 'eu-1', identity: null, hasLedger: false, systems: [], logins: [], problem: 'refused' }])).toContain(
      'eu-1: refused',
    );
  });
});

it('shows targets with secrets by reference only', () => {
  expect(targetTable([target])).toContain('eu-1 10.0.0.1:5432');
  expect(targetText(target)).toContain('env: SECRET');
});

it('prints one script with logins, grants and ledger', () => {
  const script = installScript(target);
  expect(script).toContain('grant pg_monitor to "rb_read";');
  expect(script).toContain('create table if not exists runbooks.ledger');
  expect(script).not.toContain('$1');
});

it('gives the control login the rights of a switchover only where there is another server', () => {
  const replicated = { ...target, nodes: ['eu-1', 'eu-2'].flatMap((name) => target.nodes.map((node) => ({ ...node, name }))) };
  const rights = ['alter role "rb_ctl" replication;', 'grant set, alter system on parameter default_transaction_read_only, primary_conninfo, '];
  for (const right of rights) {
    expect(installScript(replicated)).toContain(right);
    expect(installScript(target)).not.toContain(right);
  }
  // The server knows no rights on parameters before 15.
  expect(installScript(replicated, 140_000)).toContain(rights[0]);
  expect(installScript(replicated, 140_000)).not.toContain(rights[1]);
});

it('a doctor fails only for what is bad', () => {
  expect(exitCodeOf([{ what: 'a', state: 'hint', says: '' }])).toBe(0);
  expect(exitCodeOf([{ what: 'a', state: 'bad', says: '' }])).toBe(1);
  expect(exitCodeOf([{ what: 'a', state: 'bad', says: '', unreachable: true }])).toBe(4);
});
