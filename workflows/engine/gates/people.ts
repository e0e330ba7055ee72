/** A person as far as a decision shows one. */
export interface Who {
  readonly by: string;
  readonly principal?: string | null;
}

/** Compares people by the strongest that both have: the server's principal, else the claimed name. */
export function isSamePerson(a: Who, b: Who): boolean {
  if (a.principal && b.principal) return a.principal === b.principal;
  return normalize(a.by) === normalize(b.by);
}

/** Invisible signs (zero-width ones, soft hyphens) make no other name. */
const normalize = (name: string): string =>
  name
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .trim()
    .toLowerCase()
    .replace(/\s+/g, ' ');
