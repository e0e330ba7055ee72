import { Notification } from '../../workflows/contracts/notification';

/** A message as the contract has it, or what is wrong with it. What is only too long is cut: a page must not be lost for its length. */
export function acceptNotification(order: unknown): { readonly notification: Notification } | { readonly problems: string } {
  const parsed = Notification.safeParse(order);
  if (parsed.success) return { notification: parsed.data };
  const cut = structuredClone(order);
  for (const issue of parsed.error.issues) if (issue.code === 'too_big' && !isName(issue.path)) shorten(cut, issue.path, Number(issue.maximum));
  const again = Notification.safeParse(cut);
  if (again.success) return { notification: again.data };
  return { problems: again.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ') };
}

// Two ids may differ in their last letter only.
const isName = ([first]: readonly PropertyKey[]): boolean => first === 'id' || first === 'about';

function shorten(within: unknown, path: readonly PropertyKey[], most: number): void {
  const [key, ...rest] = path;
  if (key === undefined || typeof within !== 'object' || within === null) return;
  const holder = within as Record<PropertyKey, unknown>;
  const value = holder[key];
  if (rest.length) shorten(value, rest, most);
  else if (typeof value === 'string') holder[key] = `${value.slice(0, most - 1)}…`;
  else if (Array.isArray(value)) holder[key] = value.slice(0, most) as unknown[];
}
