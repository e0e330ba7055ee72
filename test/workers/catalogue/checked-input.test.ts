import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { problemsOfRoutes } from '../../../workers/alerts/check-routes';
import { routeAlert } from '../../../workers/alerts/route-alert';
import { RoutesFile } from '../../../workers/alerts/routes-config';
import type { CatalogueEntry } from '../../../workers/catalogue/catalogue';
import { findTypedEntry, readTypedCatalogue } from '../../../workers/catalogue/with-schemas';
import { inputOf } from '../../../workers/cli/runs/typed-input';
import { readSchedules } from '../../../workers/schedules/schedules-config';

/** Two inputs of the right JSON type that the runbook itself would refuse, and the words in which it would. */
const BAD = { freeSlots: -5, idleLongerThan: 'soon' };
const SAYS = [/freeSlots: Too small/, /idleLongerThan: a span is a number and a unit, such as '90 seconds'/];
const RUNBOOK = 'relieveConnectionExhaustion';

let catalogue: CatalogueEntry[];
beforeAll(async () => {
  catalogue = await readTypedCatalogue();
});

const textOf = (body: () => unknown): string => {
  try {
    body();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('it was taken');
};

describe('an input that the runbook would refuse is refused before a start', () => {
  it('by the CLI, with an example', async () => {
    const entry = await findTypedEntry('relieve-connection-exhaustion');
    const text = textOf(() => inputOf(entry, { target: 'shop', set: ['freeSlots=-5', 'idleLongerThan=soon'] }));
    for (const says of SAYS) expect(text).toMatch(says);
    expect(text).toContain(`Example: ${JSON.stringify(entry.example)}`);
    expect(textOf(() => inputOf(entry, { input: JSON.stringify({ target: 'no such name', ...BAD }) }))).toContain('target: a target name has');
  });

  it('by the gateway when it reads its routes', () => {
    const text = problemsOfRoutes(routes(BAD), catalogue, ['shop']).join('\n');
    for (const says of SAYS) expect(text).toMatch(says);
    expect(text).toContain('routes.connections.input.freeSlots');
  });

  it('by the gateway when the value comes with an alert', () => {
    const alert = {
      labels: { alertname: 'Full', target: 'shop', idle: 'soon' },
      annotations: {},
      startsAt: '2026-12-01T00:00:00Z',
      endsAt: null,
      url: null,
      status: 'firing' as const,
    };
    const routing = routeAlert(routes({ idleLongerThan: { label: 'idle' } }), catalogue, ['shop'], 'am', alert);
    expect(routing).toMatchObject({ because: expect.stringMatching(SAYS[1] ?? /x/) });
    // A run would have begun, so a person is told; "resolved" still reaches the episode that it ends.
    expect(routing).toMatchObject({ page: { target: 'shop', says: expect.stringContaining('relieveConnectionExhaustion was not started') } });
    const resolved = { ...alert, status: 'resolved' as const };
    expect(routeAlert(routes({ idleLongerThan: { label: 'idle' } }), catalogue, ['shop'], 'am', resolved)).toHaveProperty('seen');
    const good = { ...alert, labels: { ...alert.labels, idle: '10 minutes' } };
    expect(routeAlert(routes({ idleLongerThan: { label: 'idle' } }), catalogue, ['shop'], 'am', good)).toHaveProperty('seen');
  });

  it('by the schedules', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'schedules-')), 'schedules.yaml');
    const schedule = { runbook: RUNBOOK, targets: ['shop'], input: BAD, cron: '0 3 * * *', because: 'a test' };
    writeFileSync(path, JSON.stringify({ schedules: { nightly: schedule } }));
    const text = textOf(() => readSchedules(path, catalogue, ['shop']));
    for (const says of SAYS) expect(text).toMatch(says);
  });
});

test('every runbook of the catalogue has its own schema, and takes its own example', () => {
  expect(catalogue.filter(({ schema }) => schema === undefined).map(({ id }) => id)).toEqual([]);
  for (const entry of catalogue) expect(inputOf(entry, { input: JSON.stringify(entry.example) })).toMatchObject({ target: expect.any(String) });
});

const routes = (input: object) =>
  RoutesFile.parse({
    sources: { am: { kind: 'alertmanager', authentication: { by: 'bearer', tokens: [{ env: 'T' }] }, targets: 'all' } },
    routes: [{ name: 'connections', match: { alertname: 'Full' }, runbook: RUNBOOK, input }],
  });
