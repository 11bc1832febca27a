/** Families of System Log events on an app that the audit looks at (Okta event types, by their beginning). */
export const APP_EVENT_FAMILIES = [
  'application.provision',
  'application.integration',
  'application.user_membership',
  'app.user_management',
  'system.import',
] as const;

/** A member was added to or taken out of an Okta group; the app is not a target of these. */
export const MEMBER_ADDED_EVENT = 'group.user_membership.add';
export const MEMBER_REMOVED_EVENT = 'group.user_membership.remove';
export const GROUP_MEMBERSHIP_EVENT_TYPES = [MEMBER_ADDED_EVENT, MEMBER_REMOVED_EVENT] as const;

/** A person was suspended; no app is a target of it. */
export const SUSPENSION_EVENT_TYPE = 'user.lifecycle.suspend';

export function isAppEventType(eventType: string): boolean {
  return APP_EVENT_FAMILIES.some((family) => eventType === family || eventType.startsWith(`${family}.`));
}

const DAY_MS = 86_400_000;

/** From when to when the System Log is read, both included. */
export interface LogWindow {
  since: Date;
  until: Date;
}

export function logWindow(until: Date, days: number): LogWindow {
  return { since: new Date(until.getTime() - days * DAY_MS), until };
}
