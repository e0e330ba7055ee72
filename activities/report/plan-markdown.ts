import type { Plan, PlannedStep } from '../../workflows/contracts/journal';
import { dateAndClock, identitySentence } from './facts';
import { block, code, text } from './markdown-text';
import { PLAN_COLUMNS, planRows, factsOfPlan } from './plan-rows';
import { shorten, showValue } from './printable';
import { textTable } from './text-table';

/** A plan as Markdown that also reads well at a terminal: what would run, on what, with which undo. */
export function renderPlan(plan: Plan): string {
  return [`# Plan ${plan.hash.slice(0, 8)}: ${text(plan.title)} on ${text(plan.identity.target)}`, ...planSections(plan)].join('\n\n') + '\n';
}

/** The parts of a plan without its title, for a report that has one already. */
export function planSections(plan: Plan): string[] {
  return [
    [
      `- Hash: ${code(plan.hash)}, made ${dateAndClock(plan.madeAt)}`,
      `- Risk: ${plan.risk}`,
      `- Target: ${text(identitySentence(plan.identity))}`,
    ].join('\n'),
    `Input:\n\n${block(showValue(plan.input), 'json')}`,
    ...(plan.nothingToDo ? [`**Nothing to do:** ${text(plan.nothingToDo)}`] : []),
    block(textTable([PLAN_COLUMNS, ...planRows(plan)])),
    ...plan.steps.flatMap((step, index) => details(step, index + 1)),
  ];
}

function details(step: PlannedStep, number: number): string[] {
  const facts = factsOfPlan(step);
  if (!step.write && step.child === undefined) return [];
  return [
    `**${number}. ${text(step.title)}**${step.operation ? ` (${code(step.operation)})` : ''}`,
    facts.map(({ label, value }) => `- ${label}: ${text(value)}`).join('\n'),
    ...(step.input === undefined ? [] : [`Input: ${code(shorten(JSON.stringify(step.input), 800))}`]),
    ...(step.write?.statements ?? []).map((statement) => block(statement, 'sql')),
  ];
}
