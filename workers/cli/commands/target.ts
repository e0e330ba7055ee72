import { Command } from 'commander';
import { newCommand } from '../terminal/command-shape';
import { usage } from '../terminal/exit-codes';

interface InstallOptions {
  readonly adminEnv: string;
  readonly print?: boolean;
  readonly withLogins?: boolean;
  readonly save?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `runbook target install|uninstall <name>`: the ledger in a target. */
export const target = (): Command =>
  new Command('target').description('installs or removes the ledger in a target').addCommand(install()).addCommand(uninstall());

const install = (): Command =>
  newCommand(
    'install <name>',
    'makes the ledger in a target (schema runbooks), as an administrator, in one transaction',
    'runbook target install orders-eu --print',
    'RUNBOOKS_ADMIN_URL=postgres://… runbook target install orders-eu',
  )
    .option('--admin-env <variable>', 'the environment variable with the administrator’s URL', 'RUNBOOKS_ADMIN_URL')
    .option('--with-logins', 'makes the least-privilege logins too (without passwords)')
    .option('--print', 'prints the whole script, logins included, and changes nothing')
    .action(async (name: string, { adminEnv, print, withLogins = false, json }: InstallOptions) => {
      const { target: findTarget } = await import('../targets/targets');
      const { installLedger, installScript } = await import('../targets/ledger-install');
      const { printJson, say } = await import('../terminal/printing');
      const wanted = findTarget(name);
      if (print) return json ? printJson({ target: name, script: installScript(wanted) }) : say(installScript(wanted));
      await installLedger(wanted, adminUrl(adminEnv), { logins: withLogins });
      if (json) printJson({ target: name, installed: true, logins: withLogins });
      else
        say(
          `The ledger is installed in ${name}${withLogins ? ', and its logins are made: set their passwords' : ''}. Look at it: runbook targets probe ${name}`,
        );
    });

const uninstall = (): Command =>
  newCommand('uninstall <name>', 'saves the ledger’s rows to a file, then drops the ledger', 'runbook target uninstall orders-eu --save ledger.json')
    .option('--admin-env <variable>', 'the environment variable with the administrator’s URL', 'RUNBOOKS_ADMIN_URL')
    .option('--save <file>', 'where the rows go (default: <target>-ledger-<date>.json); must not exist')
    .option('--yes', 'do not ask for the target’s name in production')
    .action(async (name: string, { adminEnv, save, yes, json }: InstallOptions) => {
      const { target: findTarget } = await import('../targets/targets');
      const { uninstallLedger } = await import('../targets/ledger-install');
      const { confirmTarget } = await import('../terminal/prompts');
      const { printJson, say } = await import('../terminal/printing');
      const wanted = findTarget(name);
      const file = save ?? `${name}-ledger-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}.json`;
      const url = adminUrl(adminEnv);
      await confirmTarget('Drop the ledger; runs that are open cannot be rolled back without it', name, wanted.environment, yes);
      const rows = await uninstallLedger(wanted, url, file);
      if (json) printJson({ target: name, uninstalled: true, rows, file });
      else say(`${rows} rows are saved in ${file}, and the ledger of ${name} is dropped. Its logins stay.`);
    });

function adminUrl(variable: string): string {
  const url = process.env[variable];
  if (url) return url;
  throw usage(
    `${variable} is not set: put an administrator's URL for the target's database into it, or name another variable with --admin-env. "--print" prints the script instead.`,
  );
}
