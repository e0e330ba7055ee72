import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { PAYLOAD_CONVERTER } from '../../workers/worker/workflow-code';
import { RUNBOOK_IDS } from '../../workflows/names';
import { kebabCase } from '../support/goldens';
import { testBundle } from '../support/shared';

const SUFFIX = '.json.gz';
const recorded = readdirSync(__dirname).filter((name) => name.endsWith(SUFFIX));
const textOf = (name: string): string => gunzipSync(readFileSync(join(__dirname, name))).toString('utf8');

beforeAll(() => Runtime.install({ logger: new DefaultLogger('ERROR') }));

async function replay(text: string, name: string): Promise<void> {
  const options = { workflowBundle: { codePath: await testBundle() }, dataConverter: { payloadConverterPath: PAYLOAD_CONVERTER } };
  await Worker.runReplayHistory(options, JSON.parse(text) as unknown, `${name.replace(SUFFIX, '')}/recorded`);
}

test('every runbook has a recorded history', () => {
  expect(recorded).toEqual(expect.arrayContaining(RUNBOOK_IDS.map((id) => `${kebabCase(id)}${SUFFIX}`)));
});

test.each(recorded)('%s replays on the present code', async (name) => {
  await expect(replay(textOf(name), name)).resolves.toBeUndefined();
});

test('a history of another flow does not replay', async () => {
  const name = `upgrade-extension${SUFFIX}`;
  const text = textOf(name).replaceAll('"createRestorePoint"', '"updateExtension"');
  await expect(replay(text, name)).rejects.toThrow(/determinism/i);
});
