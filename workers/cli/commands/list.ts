import type { Command } from 'commander';
import { textTable } from '../../../activities/report/text-table';
import { matching, readCatalogue } from '../../catalogue/catalogue';
import { newCommand } from '../terminal/command-shape';
import { printJson, say } from '../terminal/printing';

/** `runbook list [symptom]`: every runbook, or those that fit the words of a symptom. */
export const list = (): Command =>
  newCommand(
    'list [symptom...]',
    'lists the runbooks, or those that fit a symptom, best first',
    'runbook list too many clients',
    'runbook list --json',
  ).action((symptom: string[], { json }: { json?: boolean }) => {
    const found = matching(readCatalogue(), symptom);
    if (json)
      return printJson(found.map(({ id, title, system, risk, covers, input, useWhen }) => ({ id, title, system, risk, covers, input, useWhen })));
    if (!found.length) return say(`No runbook fits "${symptom.join(' ')}". Try one word of the error message, or "runbook list" for every one.`);
    say(textTable([['runbook', 'system', 'risk', 'title'], ...found.map(({ id, system, risk, title }) => [id, system, risk, title])]));
    if (symptom.length)
      for (const { id, useWhen } of found.slice(0, 3)) say(`\n${id}: use it when\n${useWhen.map((sign) => `  - ${sign}`).join('\n')}`);
    say('\n"runbook show <runbook>" says what it takes and does.');
  });
