import type { AppRow, DatasetState } from '../domain/dataset.ts';
import { SettingsError } from '../domain/errors.ts';
import { type AppChoice, chooseAppBySetting, chooseScimApp, SCIM_APP_NAME } from '../domain/okta.ts';

/** A choice that may also be unknown, where the apps were not read to their end. */
export type KnownChoice = AppChoice | { kind: 'unknown'; reason: string };

const MOST_EXAMPLES = 5;

/** An id is unmistakable; whatever else is chosen could be ambiguous, or there, among the apps not read. */
function ifKnown(choice: AppChoice, apps: DatasetState, setting: string | null): KnownChoice {
  if (apps.completeness === 'complete') return choice;
  if (choice.kind === 'chosen' && choice.app.okta_app_id === setting) return choice;
  return { kind: 'unknown', reason: `the apps were not read to their end: ${apps.reason}` };
}

/** True where it matters to the choice of the apps whether this one is active. */
export function isCandidate(
  app: AppRow,
  settings: { scim_app: string | null; sso_app: string | null },
): boolean {
  if ([settings.scim_app, settings.sso_app].some((name) => name === app.label)) return true;
  return settings.scim_app === null && app.name === SCIM_APP_NAME;
}

/** The SCIM app. That there is none, or that there are several, is for the rules to judge. */
export function decideScimApp(
  apps: readonly AppRow[],
  state: DatasetState,
  setting: string | null,
): KnownChoice {
  return ifKnown(chooseScimApp(apps, setting), state, setting);
}

/** The SSO app, or null where none is set. Throws {@link SettingsError} where the setting names not one app. */
export function decideSsoApp(
  apps: readonly AppRow[],
  state: DatasetState,
  setting: string | null,
): Extract<KnownChoice, { kind: 'chosen' | 'unknown' }> | null {
  if (setting === null) return null;
  const choice = ifKnown(chooseAppBySetting(apps, setting), state, setting);
  switch (choice.kind) {
    case 'missing': {
      const labels = [...new Set(apps.map((app) => app.label))].sort();
      const examples = labels.slice(0, MOST_EXAMPLES).map((label) => `"${label}"`);
      throw new SettingsError([
        {
          where: 'AUDIT_SSO_APP',
          what: `"${setting}" names no app of this org.`,
          hint:
            examples.length > 0
              ? `Give an app's id or its exact label, for instance ${examples.join(', ')}.`
              : 'The credentials see no app at all.',
        },
      ]);
    }
    case 'ambiguous':
      throw new SettingsError([
        {
          where: 'AUDIT_SSO_APP',
          what: `"${setting}" is the label of ${choice.candidates.length} apps.`,
          hint: `Give the id of one: ${choice.candidates
            .slice(0, MOST_EXAMPLES)
            .map((app) => `${app.okta_app_id} (${app.status})`)
            .join(', ')}.`,
        },
      ]);
    default:
      return choice;
  }
}

/** Why there is nothing to read under the SCIM app. */
export function whyNoScimApp(
  choice: Exclude<KnownChoice, { kind: 'chosen' }>,
  setting: string | null,
): string {
  switch (choice.kind) {
    case 'missing':
      return setting === null
        ? `no SCIM app: no active app is named ${choice.wanted}`
        : `no SCIM app: AUDIT_SCIM_APP names "${setting}", which is none of the apps`;
    case 'ambiguous':
      return `no SCIM app: ${choice.candidates.length} apps answer to "${choice.wanted}", and AUDIT_SCIM_APP does not say which`;
    case 'unknown':
      return `the SCIM app is not known: ${choice.reason}`;
  }
}
