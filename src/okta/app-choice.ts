import type { AppRow, DatasetState } from '../domain/dataset.ts';
import { SettingsError } from '../domain/errors.ts';
import {
  type AppChoice,
  chooseAppBySetting,
  chooseScimApp,
  isBuiltInEveryone,
  SCIM_APP_NAME,
} from '../domain/okta.ts';

/** A choice that may also be unknown, where the apps were not read completely. */
export type KnownChoice = AppChoice | { kind: 'unknown'; reason: string };

/** The SCIM app; without one, `why` says why there is nothing to read under it. */
export type ScimChoice = KnownChoice & { why: string };
/** The SSO app, or null where none is set. */
export type SsoChoice = Extract<KnownChoice, { kind: 'chosen' | 'unknown' }> | null;

const MOST_EXAMPLES = 5;

/** An id is unmistakable; whatever else is chosen could be ambiguous, or there, among the apps not read. */
function ifKnown(choice: AppChoice, apps: DatasetState, setting: string | null): KnownChoice {
  if (apps.completeness === 'complete') return choice;
  if (choice.kind === 'chosen' && choice.app.okta_app_id === setting) return choice;
  return { kind: 'unknown', reason: `the apps were not read completely: ${apps.reason}` };
}

/** True where it matters to the choice of the apps whether this one is active. */
export function isCandidate(
  { label, name }: AppRow,
  settings: { scim_app: string | null; sso_app: string | null },
): boolean {
  if (settings.scim_app === label || settings.sso_app === label) return true;
  return settings.scim_app === null && name === SCIM_APP_NAME;
}

/** The SCIM app. That there is none, or that there are several, is for the rules to judge. */
export function decideScimApp(
  apps: readonly AppRow[],
  state: DatasetState,
  setting: string | null,
): ScimChoice {
  const choice = ifKnown(chooseScimApp(apps, setting), state, setting);
  return { ...choice, why: whyNoScimApp(choice, setting) };
}

function whyNoScimApp(choice: KnownChoice, setting: string | null): string {
  switch (choice.kind) {
    case 'chosen':
      return '';
    case 'missing':
      return setting === null
        ? `no SCIM app: no active app is named ${choice.wanted}`
        : `no SCIM app: AUDIT_SCIM_APP names "${setting}", which is not an app of this org`;
    case 'ambiguous':
      return `no SCIM app: ${choice.candidates.length} apps answer to "${choice.wanted}", and AUDIT_SCIM_APP does not say which`;
    case 'unknown':
      return `the SCIM app is not known: ${choice.reason}`;
  }
}

/** Why the listings show a part of the org alone, or null where what every org has, and the SCIM app, is in them. */
export function whatIsHidden(
  scim: ScimChoice,
  apps: { state: DatasetState; rows: readonly AppRow[] },
  groups: readonly { name: string; type: string }[],
): string | null {
  const isAppMissing =
    scim.kind === 'chosen' &&
    scim.app.status === 'ACTIVE' &&
    apps.state.completeness === 'complete' &&
    !apps.rows.some(({ okta_app_id }) => okta_app_id === scim.app.okta_app_id);
  const missing = isAppMissing
    ? 'the list of apps leaves out the SCIM app, which Okta shows by its id'
    : groups.some(isBuiltInEveryone)
      ? null
      : "the list of groups leaves out Okta's own group Everyone, which every org has";
  return missing && `${missing}: the admin role of these credentials sees a part of the org`;
}

/** The SSO app. Throws {@link SettingsError} where the setting does not name exactly one app. */
export function decideSsoApp(
  apps: readonly AppRow[],
  state: DatasetState,
  setting: string | null,
): SsoChoice {
  if (setting === null) return null;
  const choice = ifKnown(chooseAppBySetting(apps, setting), state, setting);
  if (choice.kind === 'missing') {
    const labels = [...new Set(apps.map(({ label }) => label))].sort().slice(0, MOST_EXAMPLES);
    throw wrongSsoApp(
      `"${setting}" names no app of this org.`,
      labels.length > 0
        ? `Give an app's id or its exact label, for instance ${labels.map((label) => `"${label}"`).join(', ')}.`
        : 'The credentials see no app at all.',
    );
  }
  if (choice.kind === 'ambiguous') {
    const { candidates } = choice;
    const ids = candidates.slice(0, MOST_EXAMPLES).map((app) => `${app.okta_app_id} (${app.status})`);
    throw wrongSsoApp(
      `"${setting}" is the label of ${candidates.length} apps.`,
      `Give the id of one: ${ids.join(', ')}.`,
    );
  }
  return choice;
}

function wrongSsoApp(what: string, hint: string): SettingsError {
  return new SettingsError([{ where: 'AUDIT_SSO_APP', what, hint }]);
}
