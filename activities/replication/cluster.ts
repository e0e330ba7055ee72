import { KernelFailure } from '../sql/kernel-failure';
import type { Session } from '../sql/session';
import type { Registry, Target } from '../targets/registry';
import type { Endpoint, NodeControl } from './providers';
import { nodeSession, type NodeSessionWanted } from './node-session';

type Node = Target['nodes'][number];

/** One server of a cluster: how to reach it, and who has power over it. */
export interface ClusterNode {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string | null;
  readonly promotable: boolean;
  readonly control: NodeControl;
}

/** All servers of a target with their endpoint; nothing is cached, every call looks. */
export interface Cluster {
  readonly target: Target;
  readonly systemIdentifier: string;
  readonly nodes: readonly ClusterNode[];
  /** Where applications connect; throws TargetNotReady where targets.yaml names none. */
  readonly endpoint: Endpoint;
  readonly hasEndpoint: boolean;
  /** The node of a name; throws InvalidInput. */
  node(name: string): ClusterNode;
  /** The node of an address `host:port`; null where no node has it. */
  nodeAt(address: string): ClusterNode | null;
  /** A fresh session on one node, whatever its role; throws IdentityMismatch where another server answers. */
  on<T>(node: string, wanted: NodeSessionWanted, body: (session: Session) => Promise<T>): Promise<T>;
}

/** Makes endpoints and node controls from targets.yaml; the composition root wires the real ones. */
export interface Providers {
  endpointOf(target: Target): Endpoint | null;
  controlOf(node: Node): NodeControl;
}

export type ClusterOf = (target: string) => Cluster;

/** Finds the cluster of a target; throws UnknownTarget, or TargetNotReady where targets.yaml says too little for replication. */
export const clusters =
  (registry: Registry, providers: Providers): ClusterOf =>
  (name) => {
    const target = registry.find(name);
    const endpoint = providers.endpointOf(target);
    if (!target.expects)
      throw new KernelFailure(
        'TargetNotReady',
        `targets.yaml has no "expects" for ${name}: run "runbook targets probe ${name}" and paste what it prints.`,
      );
    const nodes = target.nodes.map((node) => ({
      name: node.name,
      host: node.host,
      port: node.port,
      dataDirectory: node.dataDirectory ?? null,
      promotable: node.promotable,
      control: providers.controlOf(node),
    }));
    const { systemIdentifier } = target.expects;
    return {
      target,
      systemIdentifier,
      nodes,
      get endpoint() {
        if (endpoint) return endpoint;
        throw new KernelFailure(
          'TargetNotReady',
          `targets.yaml has no "endpoint" for ${name}: where applications connect must be closable for this.`,
        );
      },
      hasEndpoint: endpoint !== null,
      node: (wanted) => found(nodes, wanted, name),
      nodeAt: (address) => nodes.find((node) => `${node.host}:${node.port}` === address) ?? null,
      on: (node, wanted, body) => nodeSession(target, configured(target, node), wanted, body),
    };
  };

const configured = (target: Target, name: string): Node => {
  const node = target.nodes.find((one) => one.name === name);
  if (!node) throw unknownNode(target.nodes, name, target.name);
  return node;
};

function found(nodes: readonly ClusterNode[], wanted: string, target: string): ClusterNode {
  const node = nodes.find((one) => one.name === wanted);
  if (!node) throw unknownNode(nodes, wanted, target);
  return node;
}

const unknownNode = (nodes: readonly { name: string }[], wanted: string, target: string): KernelFailure =>
  new KernelFailure('InvalidInput', `${target} has no node "${wanted}" in targets.yaml; it has ${nodes.map((node) => node.name).join(', ')}.`);
