/** A WARNING or NOTICE that the server sent beside the answer. */
export interface Notice {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}

/** Warnings that mean that the statement did nothing although its tag says success. Measured on 15 and 18. */
const MEANS_NOTHING_DONE: readonly RegExp[] = [
  /^permission denied to (vacuum|analyze)/i,
  /^skipping (vacuum|analyze) of/i,
  /only (superuser|table|database).*can (vacuum|analyze)/i,
  /^canceling (the )?wait for synchronous replication/i,
];

/** The notices that turn a success tag into a failure. */
export const judged = (notices: readonly Notice[]): readonly Notice[] =>
  notices.filter((notice) => MEANS_NOTHING_DONE.some((pattern) => pattern.test(notice.message)));

export const shownNotice = (notice: Notice): string => `${notice.severity}: ${notice.message}`;
