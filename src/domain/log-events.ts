/** Families of System Log events on an app that the audit looks at (Okta event types, by their beginning). */
export const APP_EVENT_FAMILIES = [
  'application.provision',
  'application.integration',
  'application.user_membership',
  'app.user_management',
] as const;

/** Single event types on an app beside the families. */
export const APP_EVENT_TYPES = ['system.import.start'] as const;

/** A member was added to or taken out of an Okta group; the app is no target of these. */
export const GROUP_MEMBERSHIP_EVENT_TYPES = [
  'group.user_membership.add',
  'group.user_membership.remove',
] as const;

/** A person was suspended; no app is a target of it. */
export const SUSPENSION_EVENT_TYPE = 'user.lifecycle.suspend';

export function isAppEventType(eventType: string): boolean {
  return (
    APP_EVENT_FAMILIES.some((family) => eventType === family || eventType.startsWith(`${family}.`)) ||
    APP_EVENT_TYPES.some((type) => type === eventType)
  );
}
