import { P1, P2 } from '../../../workflows/pure/severities';
import { inWords, milliseconds } from '../../../workflows/pure/span';
import { pluralize } from '../../../workflows/pure/pluralize';
import { selectFailed, mitigationsOf, selectRejected } from './actions';
import { clocksOf } from './clocks';
import type { Material, Section } from './shape';
import { isBeginKnown } from './summary';

/** What the record itself shows of good and bad; why, only people know. */
export function lessonsOf(material: Material): Section {
  return {
    heading: 'Lessons learned',
    parts: [
      { label: 'What went well', lines: orNothing(good(material)), blank: 'what else went well' },
      { label: 'What could improve', lines: orNothing(bad(material)), blank: 'what else could improve, and why it went as it did' },
      { label: 'Preventive measures', blank: 'what keeps it from happening again' },
    ],
  };
}

const orNothing = (lines: readonly string[]): readonly string[] => (lines.length ? lines : ['The record shows nothing for this.']);

function good(material: Material): string[] {
  const { incident, until } = material;
  const helped = mitigationsOf(material).filter(({ outcome }) => outcome === 'done');
  return [
    ...clocksOf(incident, until).flatMap(({ state, says }) => (state === 'kept' ? [says] : [])),
    ...(isBeginKnown(material) && !isHeardLate(material) ? [`The response began ${heardAfter(material)} after the problem.`] : []),
    ...(helped.length ? [`A runbook did what it should and verified it: ${helped.map(({ runbook }) => runbook).join(', ')}.`] : []),
    ...(incident.escalations.some(isForTime) ? [] : ['No time limit led to an escalation.']),
    ...(incident.unheard.length ? [] : ['No message is known to have been lost.']),
  ];
}

function bad(material: Material): string[] {
  const { report, incident, until } = material;
  const times = (title: string): number => report.steps.filter((step) => step.title === title).length;
  const late = incident.escalations.filter(isForTime);
  const [failed, rejected] = [selectFailed(material), selectRejected(material)];
  const [again, early] = [times('Open again'), times('Not over yet')];
  return [
    ...clocksOf(incident, until).flatMap(({ state, says }) => (state === 'kept' ? [] : [says])),
    ...(isBeginKnown(material) ? [] : ['Nobody said when it began, so the times count from the beginning of the response.']),
    ...(isBeginKnown(material) && isHeardLate(material)
      ? [
          `The response began ${heardAfter(material)} after the problem: ${heardMs(material) > firstLimit(material) ? 'the first limit had passed already' : 'most of the first limit had passed'} (${inWords(firstLimit(material))}).`,
        ]
      : []),
    ...(late.length ? [`${pluralize(late.length, 'escalation')} because a time had passed: ${late.map(({ to }) => to).join(', ')}.`] : []),
    ...(failed.length
      ? [`${pluralize(failed.length, 'mitigation')} failed: ${failed.map(({ runbook, outcome }) => `${runbook} (${outcome ?? ''})`).join(', ')}.`]
      : []),
    ...(rejected.length
      ? [`${pluralize(rejected.length, 'mitigation')} did not pass its gate: ${rejected.map(({ runbook }) => runbook).join(', ')}.`]
      : []),
    ...(early ? [`It was said ${timesOf(early)} to be over when the database showed otherwise.`] : []),
    ...(again ? [`It came back ${timesOf(again)} after it had looked resolved.`] : []),
    ...(incident.unheard.length ? [`No channel took ${pluralize(incident.unheard.length, 'message')}.`] : []),
  ];
}

/** Those that the matrix wants at once are no sign of lateness. */
const isForTime = ({ because }: { readonly because: string }): boolean => because.startsWith('it is not ');

const heardMs = ({ incident }: Material): number => Date.parse(incident.heardAt) - Date.parse(incident.startsAt);
const heardAfter = (material: Material): string => inWords(heardMs(material));
const firstLimit = ({ incident: { severity } }: Material): number => milliseconds((severity === 'P1' ? P1 : P2).clock.acknowledged.limit);
const isHeardLate = (material: Material): boolean => heardMs(material) > firstLimit(material) / 2;
const timesOf = (count: number): string => (count === 1 ? 'once' : `${count} times`);
