import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isClusterOperation, type ClusterOperation } from '../../activities/replication/cluster-operation';
import { isOperation, type Operation } from '../../activities/effects/operation';
import { OPERATION_MODULES } from '../../workers/worker/operation-modules';

/** An operation with where it stands and what its comment says of it. */
export interface OperationSource {
  readonly name: string;
  readonly system: string;
  /** From the project's root. */
  readonly file: string;
  /** The first paragraph of its comment in one line; empty where it has none. */
  readonly about: string;
  readonly operation: Operation | ClusterOperation;
}

/** Every operation of every module, by file and name. */
export const operationSources = (root: string): OperationSource[] =>
  Object.entries(OPERATION_MODULES).flatMap(([path, module]) => {
    const file = `activities/${path}.ts`;
    const comments = commentsIn(readFileSync(join(root, file), 'utf8'));
    return Object.entries(module as Record<string, unknown>)
      .filter((entry): entry is [string, Operation | ClusterOperation] => isOperation(entry[1]) || isClusterOperation(entry[1]))
      .map(([name, operation]) => ({ name, system: path.split('/')[0] as string, file, about: comments.get(name) ?? '', operation }));
  });

/** The first paragraph of the comment before each exported constant, in one line. */
function commentsIn(source: string): Map<string, string> {
  const comments = [...source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export const (\w+)/g)];
  return new Map(comments.map(([, comment = '', name = '']) => [name, firstParagraph(comment)]));
}

const firstParagraph = (comment: string): string => {
  const [paragraph = ''] = comment
    .replace(/^\s*\* ?/gm, '')
    .trim()
    .split(/\n\s*\n/);
  return paragraph.replace(/\s+/g, ' ');
};
