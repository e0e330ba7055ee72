import type { Decision } from '../../contracts/journal';
import type { MessageRef } from '../../contracts/run-services';

/** A gate that waits for people. */
export interface Gate {
  readonly key: string;
  readonly title: string;
  readonly hash: string;
  readonly quorum: number;
  readonly choices: readonly string[];
  readonly deadlineMs: number;
  readonly openedAt: string;
  /** Decisions whose sender is not looked up yet. */
  readonly arrived: { readonly decision: Decision; readonly message: MessageRef }[];
  readonly approvals: Decision[];
  rejection: Decision | null;
}

/** People compare by the strongest that both have: the server's principal, else the claimed name. */
export function samePerson(a: Who, b: Who): boolean {
  if (a.principal && b.principal) return a.principal === b.principal;
  return plain(a.by) === plain(b.by);
}

export interface Who {
  readonly by: string;
  readonly principal?: string | null;
}

/** Invisible signs (zero-width ones, soft hyphens) make no other name. */
const plain = (name: string): string =>
  name
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ');
