import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { PAYLOAD_CONVERTER } from '../../workers/worker/workflow-code';
import { RUNBOOK_IDS } from '../../workflows/names';
import { kebabCase } from '../support/goldens';
import { shared } from '../support/shared';

beforeAll(() => Runtime.install({ logger: new DefaultLogger('ERROR') }));

const recorded = readdirSync(__dirname).filter((name) => name.endsWith('.json'));

test('every runbook has a recorded history', () => {
  expect(recorded).toEqual(expect.arrayContaining(RUNBOOK_IDS.map((id) => `${kebabCase(id)}.json`)));
});

test.each(recorded)('%s replays on the present code', async (name) => {
  const history: unknown = JSON.parse(readFileSync(join(__dirname, name), 'utf8'));
  const replay = Worker.runReplayHistory(
    { workflowBundle: { codePath: shared().bundle }, dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER } },
    history,
    `${name.replace('.json', '')}/recorded`,
  );
  await expect(replay).resolves.toBeUndefined();
});

test('a history of another flow does not replay', async () => {
  const text = readFileSync(join(__dirname, 'upgrade-extension.json'), 'utf8').replaceAll('"createRestorePoint"', '"updateExtension"');
  const replay = Worker.runReplayHistory(
    { workflowBundle: { codePath: shared().bundle }, dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER } },
    JSON.parse(text) as unknown,
    'upgrade-extension/recorded',
  );
  await expect(replay).rejects.toThrow(/determinism/i);
});
