import { SYSTEMS } from '../../workflows/contracts/header';

/** Words that say nothing about what a file holds. */
export const FORBIDDEN_WORDS: readonly string[] = ['util', 'utils', 'helper', 'helpers', 'common', 'misc', 'manager', 'base'];

/** First words of operations that only look. */
export const READING_WORDS: readonly string[] = ['measure', 'find', 'count', 'list', 'compare', 'read', 'scan', 'show', 'probe'];

/** What is wrong with a file's name; empty when nothing is. */
export function fileNameProblems(what: string, name: string): string[] {
  const problems: string[] = [];
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) problems.push(`${what} "${name}" is not kebab-case, such as drain-refresh-queue`);
  const forbidden = name.split('-').filter((word) => FORBIDDEN_WORDS.includes(word));
  if (forbidden.length) problems.push(`${what} "${name}" has a word that says nothing: ${forbidden.join(', ')}`);
  return problems;
}

/** What is wrong with an area; empty when nothing is. */
export function areaProblems(area: string): string[] {
  return (SYSTEMS as readonly string[]).includes(area) ? [] : [`the area "${area}" is none of ${SYSTEMS.join(', ')}`];
}

/** What is wrong with an operation's name; empty when nothing is. */
export function operationNameProblems(name: string): string[] {
  if (!/^[a-z]+([A-Z][a-z0-9]*)+$/.test(name))
    return [`the operation "${name}" is not camelCase with a verb first, such as measureQueue or pauseTriggers`];
  return [];
}
