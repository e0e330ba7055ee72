import { onExit } from '../parts/processes';
import { startGateway } from './alerting';
import { startEnvironment } from './environment';
import { PLAYS, play } from './play';
import { keepWorker } from './worker';

const HELP = `npm run demo            starts everything, says "ready" and waits
npm run demo -- --auto  plays ${PLAYS.length} runbooks to the end, prints where the reports are, and stops
npm run demo -- --auto drain  plays only that one; there are ${[...new Set(PLAYS.map(({ name }) => name))].join(', ')}
`;

async function main(): Promise<void> {
  if (process.argv.includes('--help')) return void process.stdout.write(HELP);
  const auto = process.argv.includes('--auto');
  const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
  const unknown = wanted.find((word) => !PLAYS.some(({ name }) => name === word));
  if (unknown !== undefined || (wanted.length && !auto)) {
    process.stderr.write(`${unknown === undefined ? 'Names of runbooks belong to --auto.' : `There is no play "${unknown}".`}\n\n${HELP}`);
    process.exit(2);
  }
  process.stdout.write('Starting the real parts:\n');
  const environment = await startEnvironment();
  const stopWorker = await keepWorker(environment.variables, (line) => process.stdout.write(`  ${line}\n`));
  const stopGateway = await startGateway(environment.variables);
  process.stdout.write(`  gateway       ${environment.alerting.webhook} takes alerts for orders-eu\n`);
  const stopAll = async (): Promise<void> => {
    await Promise.all([stopGateway(), stopWorker()]);
    await environment.alerting.chat.stop();
    await environment.trouble.stop();
    await environment.accounts.stop();
    for (const server of environment.servers) await server.stop();
    await environment.temporal.stop();
  };
  // A play that Ctrl-C stops ends, too, and wants to stop everything.
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= stopAll());
  onExit(stop);
  process.stdout.write('\nready\n');
  if (auto) {
    try {
      const reports = await play(environment, wanted.length ? PLAYS.filter(({ name }) => wanted.includes(name)) : PLAYS);
      process.stdout.write(`\nReports:\n${reports.map((file) => `  ${file}\n`).join('')}`);
    } finally {
      await stop();
    }
    process.exit(0);
  }
  process.stdout.write(whatToTry(environment.temporal.uiUrl));
  await new Promise(() => setInterval(() => undefined, 60_000));
}

const whatToTry = (uiUrl: string | undefined): string => `
In another terminal, in this folder:
  npx runbook list too many clients
  npx runbook plan relieveConnectionExhaustion --target orders-eu --set idleLongerThan='1 second' --set idleInTransactionLongerThan='1 second'
  npx runbook start relieveConnectionExhaustion --target orders-eu --set freeSlots=18 --set idleLongerThan='1 second' --set idleInTransactionLongerThan='1 second'
  npx runbook start checkTviewHealth --target billing-eu --set full=true
  npx runbook start drainRefreshQueue --target billing-eu
  npx runbook start upgradeExtension --target billing-eu --set extension=hstore --set to=1.8
  npx runbook start checkReplication --target accounts-eu
  npx runbook start switchover --target accounts-eu
Or in the Temporal UI alone: ${uiUrl ?? 'no UI'}
  Start Workflow · Task Queue runbooks · Workflow Type upgradeExtension · Input {"target":"orders-eu","extension":"pg_trgm","to":"1.6","by":"you"}
Ctrl-C stops everything; the files stay in .demo. Remove that folder for a fresh start.
`;

main().catch((error: unknown) => {
  process.stderr.write(
    `The demo stopped: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n\nIf an older version made .demo: remove that folder, and start the demo again.\n`,
  );
  process.exit(1);
});
