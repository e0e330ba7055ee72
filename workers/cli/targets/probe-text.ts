import type { Target } from '../../../activities/targets/registry';
import { LOGIN_CLASSES } from '../../../workflows/contracts/operation-shape';
import type { NodeProbe } from './probe-target';

/** A probe as text: what each node says, what is missing, and the block to paste into targets.yaml. */
export function probeText(target: Target, probes: readonly NodeProbe[]): string {
  const unset = LOGIN_CLASSES.filter((login) => !target.logins[login]);
  return [
    ...probes.map(nodeText),
    ...(unset.length ? [`targets.yaml has no login for: ${unset.join(', ')}. Operations of these classes cannot run here.`] : []),
    expectsText(target, probes),
  ].join('\n\n');
}

/** What keeps a target from changing runs; empty when nothing does. */
export function probeProblems(target: Target, probes: readonly NodeProbe[]): string[] {
  const { expects } = target;
  return [
    ...(expects ? [] : [`targets.yaml has no "expects" for ${target.name}: paste what "runbook targets probe ${target.name}" prints`]),
    ...probes.flatMap((probe) => nodeProblems(target, probe)),
  ];
}

function nodeProblems({ name, expects, nodes }: Target, { node, identity, hasLedger, problem, logins }: NodeProbe): string[] {
  if (!identity) return [`${node}: ${problem ?? 'it does not answer'}`];
  const directory = nodes.find((one) => one.name === node)?.dataDirectory;
  return [
    ...(expects && expects.systemIdentifier !== identity.systemIdentifier
      ? [`${node}: its system identifier is ${identity.systemIdentifier}, and targets.yaml expects ${expects.systemIdentifier}`]
      : []),
    ...(directory && identity.dataDirectory && directory !== identity.dataDirectory
      ? [`${node}: its data directory is ${identity.dataDirectory}, and targets.yaml says ${directory}`]
      : []),
    ...(hasLedger ? [] : [`${node}: no ledger; run "runbook target install ${name}"`]),
    ...logins
      .filter((login) => !login.connects)
      .map((login) => `${node}: login ${login.login} (${login.user}): ${login.problem ?? 'it does not connect'}`),
    ...logins
      .filter((login) => login.missing.length)
      .map(
        (login) =>
          `${node}: login ${login.login} (${login.user}) lacks ${login.missing.join(', ')}; "runbook target install ${name} --print" prints the grants`,
      ),
  ];
}

function nodeText({ node, identity, hasLedger, problem, systems, logins }: NodeProbe): string {
  if (!identity) return `${node}: ${problem ?? 'it does not answer'}`;
  return [
    `${node} at ${identity.address}: ${identity.role}, PostgreSQL ${identity.version}, timeline ${identity.timeline}, database ${identity.database}`,
    `  system identifier ${identity.systemIdentifier}, data directory ${identity.dataDirectory ?? 'not readable by the read login'}`,
    `  ledger: ${hasLedger ? 'installed' : 'not installed'}`,
    ...systems.map((system) => `  ${system}`),
    ...logins.map(
      ({ login, user, connects, missing, problem: why }) =>
        `  ${login} (${user}): ${connects ? (missing.length ? `connects; lacks ${missing.join(', ')}` : 'connects, has its rights') : `does not connect: ${why ?? ''}`}`,
    ),
  ].join('\n');
}

function expectsText(target: Target, probes: readonly NodeProbe[]): string {
  const answered = probes.filter((probe) => probe.identity !== null);
  const identifiers = [...new Set(answered.map((probe) => probe.identity?.systemIdentifier))];
  if (!answered.length) return 'No node answers, so there is nothing to paste.';
  if (identifiers.length > 1) return `The nodes are not of one cluster (${identifiers.join(', ')}): correct the nodes in targets.yaml first.`;
  const directories = answered.flatMap(({ node, identity }) => {
    const known = target.nodes.find((one) => one.name === node);
    return identity?.dataDirectory
      ? [
          `      - { name: ${JSON.stringify(node)}, host: ${JSON.stringify(known?.host ?? '')}, port: ${known?.port ?? 5432}, dataDirectory: ${JSON.stringify(identity.dataDirectory)} }`,
        ]
      : [];
  });
  return [
    `If these are the servers that you mean, paste into targets.yaml:`,
    '',
    `  ${target.name}:`,
    '    expects:',
    `      systemIdentifier: "${identifiers[0] ?? ''}"`,
    ...(directories.length ? ['    nodes:', ...directories] : []),
  ].join('\n');
}
