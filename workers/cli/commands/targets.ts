import type { Command } from 'commander';
import { newCommand } from '../terminal/command-shape';
import { EXIT, CliFailure } from '../terminal/exit-codes';

/** `runbook targets [name]`: the targets of targets.yaml, and what each of their servers says. */
export const targets = (): Command =>
  newCommand(
    'targets [name]',
    'lists the targets of targets.yaml, or shows one; "targets probe <name>" asks its servers',
    'runbook targets',
    'runbook targets orders-eu --json',
  )
    .action(async (name: string | undefined, { json }: { readonly json?: boolean }) => {
      const { registry } = await import('../targets/targets');
      const { targetTable, targetText } = await import('../targets/target-text');
      const { printJson, say } = await import('../terminal/printing');
      const all = registry();
      const shown = name === undefined ? all.names.map((one) => all.find(one)) : [all.find(name)];
      if (json) return printJson(name === undefined ? shown : shown[0]);
      say(name === undefined || !shown[0] ? targetTable(shown) : targetText(shown[0]));
    })
    .addCommand(probe());

const probe = (): Command =>
  newCommand(
    'probe <name>',
    'asks every server of a target who it is and what the logins can do; prints what to paste into targets.yaml',
    'runbook targets probe orders-eu',
  ).action(async (name: string, _own: unknown, command: Command) => {
    // The parent has --json too, and commander gives it to whichever comes first.
    const { json } = command.optsWithGlobals<{ json?: boolean }>();
    const { target } = await import('../targets/targets');
    const { probeTarget } = await import('../targets/probe-target');
    const { probeProblems, probeText } = await import('../targets/probe-text');
    const { printJson, say } = await import('../terminal/printing');
    const wanted = target(name);
    const probes = await probeTarget(wanted);
    const problems = probeProblems(wanted, probes);
    if (json) printJson({ target: name, nodes: probes, problems });
    else
      say(
        [
          probeText(wanted, probes),
          ...(problems.length
            ? [`In the way of changing runs:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`]
            : ['Nothing is in the way of changing runs.']),
        ].join('\n\n'),
      );
    if (!probes.some((one) => one.identity)) throw new CliFailure(EXIT.unreachable, `No server of ${name} answers.`);
  });
