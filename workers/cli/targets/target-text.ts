import { stringify } from 'yaml';
import type { Target } from '../../../activities/targets/registry';
import { textTable } from '../../../activities/report/text-table';

/** Targets as a table. */
export const targetTable = (targets: readonly Target[]): string =>
  targets.length
    ? textTable([
        ['target', 'environment', 'database', 'nodes', 'logins', 'expects'],
        ...targets.map(({ name, environment, database, nodes, logins, expects }) => [
          name,
          environment,
          database,
          nodes.map((node) => `${node.name} ${node.host}:${node.port}`).join(', '),
          Object.keys(logins).join(' '),
          expects?.systemIdentifier ?? 'nothing: run "runbook targets probe"',
        ]),
      ])
    : 'targets.yaml has no target.';

/** One target as YAML; secrets stand in it by reference only. */
export const targetText = ({ name, ...target }: Target): string => stringify({ [name]: target }).trimEnd();
