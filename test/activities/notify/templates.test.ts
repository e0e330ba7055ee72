import { htmlText } from '../../../activities/notify/html-text';
import { plainText } from '../../../activities/notify/plain-text';
import { renderTemplate } from '../../../activities/notify/templates';
import { HOSTILE, approval, incident, resolution } from './sample-notification';

const AROUND = { ui: { url: 'https://temporal.example/', namespace: 'prod' }, insteadOf: null };
const textOf = (...[notification, around = AROUND]: [Parameters<typeof renderTemplate>[0], Parameters<typeof renderTemplate>[1]?]): string => {
  const message = renderTemplate(notification, around);
  return `${message.subject}\n\n${plainText(message)}`;
};

it('an incident says impact, status, ETA, who is affected, and what a person must do until when', () => {
  expect(textOf(incident())).toBe(`[P1] Database down on orders-eu

Impact: No writes are taken
Status: Investigating
ETA: mitigated by 2026-11-21 03:30 UTC
Affected: All users of orders
Target: orders-eu
Run: failover/orders-eu/x1y2
State: step 3 of 7: fence the old primary
Next: decide at the gate "Promote orders-eu-2"
Until: 2026-11-21 03:15 UTC

https://temporal.example/namespaces/prod/workflows/failover%2Forders-eu%2Fx1y2
`);
});

it('an approval request says exactly how to approve, on the command line and in the UI', () => {
  const text = textOf(approval('a'));
  expect(text).toContain('Switch over orders-eu - Approval needed');
  expect(text).toContain('Approvals needed: 2');
  expect(text).toContain('    select pg_promote(true, 60)\n');
  expect(text).toContain('    runbook approve failover/orders-eu/x1y2 --plan 109c13a2 --gate 1\n');
  expect(text).toContain('    {"plan":"109c13a2","gate":1,"by":"your name"}\n');
});

it('an update, an escalation and a resolution say what is theirs', () => {
  const update = incident({ body: { template: 'update', number: 2, status: 'Found it', eta: '10 minutes', nextUpdateAt: null } });
  expect(textOf(update)).toMatch(/- Update #2\n\nStatus: Found it\nETA: 10 minutes\nTarget/);
  const escalation = incident({ body: { template: 'escalation', because: 'Nobody answered', level: 2, since: '2026-11-21T03:00:00.000Z' } });
  expect(textOf(escalation)).toMatch(/- Escalation, level 2\n\nBecause: Nobody answered\nOpen since: 2026-11-21 03:00 UTC\n/);
  expect(textOf(resolution('a'))).toMatch(
    /Issue: The disk was full\nResolution: Promoted orders-eu-2\nDuration: 45 minutes\nPost-mortem: Tomorrow at ten\n/,
  );
  expect(textOf(resolution('a'))).not.toContain('Next:');
});

it('says for whom a message was, where nobody of that name is known', () => {
  expect(textOf(incident(), { ...AROUND, insteadOf: 'CISO' })).toContain('For: CISO (notify.yaml names no such recipient, so it came here)');
});

it('keeps what others wrote on its own line, in its own place', () => {
  const text = textOf(
    incident({ title: HOSTILE, state: `calm\nNext: nothing, go to sleep`, body: { ...incident().body, impact: HOSTILE } as never }),
  );
  expect(text).not.toMatch(/^Bcc:/m);
  expect(text.match(/^Next:/gm)).toHaveLength(1);
  expect(text).not.toMatch(/[\u0007\u202E]/);
});

it('quotes an id that a shell would act on', () => {
  expect(textOf(approval('a', { runId: "x'; rm -rf ~; '" }))).toContain(`runbook approve 'x'\\''; rm -rf ~; '\\''' --plan 109c13a2 --gate 1`);
});

it('the HTML of a message has nothing of what others wrote but text', () => {
  const html = htmlText(renderTemplate(approval('a', { title: HOSTILE, target: HOSTILE, runId: HOSTILE, nextAction: HOSTILE }), AROUND));
  expect(html).not.toContain('<script');
  expect(html).not.toContain('<https');
  expect(html.match(/<a href="[^"]*"/g)).toEqual([expect.stringMatching(/^<a href="https:\/\/temporal\.example\//)]);
});
