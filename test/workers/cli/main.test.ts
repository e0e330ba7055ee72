import { main } from '../../../workers/cli/main';
import { recordPrinting } from '../../support/printing';

const printed = recordPrinting();

const COMMANDS = [
  'list',
  'show',
  'plan',
  'start',
  'runs',
  'watch',
  'approve',
  'reject',
  'pause',
  'resume',
  'retry',
  'skip',
  'rollback',
  'abandon',
  'cancel',
  'recover',
  'report',
  'targets',
  'targets probe',
  'target install',
  'target uninstall',
  'doctor',
  'takeover',
  'lock',
  'acknowledge',
  'hand-over',
  'assess',
  'mitigate',
  'resolve',
  'note',
  'post-mortem',
  'alerts test',
  'alerts check',
  'notify test',
  'notify check',
];

it('prints every command and the exit codes', async () => {
  expect(await main(['--help'])).toBe(0);
  for (const command of COMMANDS) expect(printed.text).toContain(`  ${command.split(' ')[0] ?? ''} `);
  expect(printed.text).toContain('Exit codes:');
});

it.each(COMMANDS)('%s has an example and --json', async (command) => {
  expect(await main([...command.split(' '), '--help'])).toBe(0);
  expect(printed.text).toMatch(/\nExamples?:\n/);
  expect(printed.text).toContain('--json');
  expect(printed.text).toContain(`runbook ${command}`);
});

it('says what was meant by a wrong command', async () => {
  expect(await main(['aprove'])).toBe(2);
  expect(printed.text).toContain('Did you mean approve?');
});

it('lists the catalogue as data', async () => {
  expect(await main(['list', '--json'])).toBe(0);
  const entries = JSON.parse(printed.text) as Record<string, unknown>[];
  expect(Object.keys(entries[0] ?? {})).toEqual(['id', 'title', 'system', 'risk', 'covers', 'input', 'useWhen']);
});

it.each([
  [['show', 'volcano']],
  [['start', 'upgradeExtension']],
  [['approve', 'x1y2']],
  [['approve', 'x1y2', '--plan', '1a2b3c4d']],
  [['approve', 'x1y2', '--plan', '1a2b3c4d', '--gate', 'first']],
  [['reject', 'x1y2']],
  [['pause']],
  [['pause', 'x1y2', '--all']],
  [['report', 'x1y2', '--format', 'pdf']],
  [['hand-over', 'x1y2', '--reason', 'shift']],
  [['mitigate', 'x1y2', '--reason', 'x', '--runbook', 'volcano']],
  [['post-mortem', 'x1y2', '--html', '--json']],
  [['runs', '--limit', 'many']],
])('%j is wrong usage', async (argv) => expect(await main(argv)).toBe(2));
