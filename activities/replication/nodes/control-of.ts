import { KernelFailure } from '../../sql/kernel-failure';
import type { Target } from '../../targets/registry';
import type { NodeControl } from '../providers';
import { LocalControl } from './local-control';
import { PersonControl } from './person-control';

/** The power over a node as targets.yaml gives it; throws TargetNotReady where a local node has no data directory. */
export function controlOf(node: Target['nodes'][number]): NodeControl {
  if (node.control.by === 'person') return new PersonControl(node.name);
  if (node.dataDirectory === undefined) {
    throw new KernelFailure(
      'TargetNotReady',
      `targets.yaml gives this worker control of ${node.name} but does not say where it lies: add its dataDirectory.`,
    );
  }
  const { bin, runAs } = node.control;
  return new LocalControl({ name: node.name, dataDirectory: node.dataDirectory, bin, runAs });
}
