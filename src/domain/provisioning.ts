import type { AppFeatureRow, ChosenAppRow } from './dataset.ts';
import type { JudgedSetting } from './rule.ts';

/** Where Opti ID takes SCIM requests (article: Add a SCIM app in Okta, step 11). */
export const OPTI_ID_SCIM_BASE_URL = 'https://identity-api.optimizely.com/api/scim/v2';

/** Whether an option of *To App* is on, and what says so. */
export type OptionState = { state: 'on' | 'off'; shownBy: string } | { state: 'not shown'; reason: string };

/** Options of *To App*, each with the enabled feature that shows it. */
const OPTIONS = {
  create_users: 'PUSH_NEW_USERS',
  update_attributes: 'PUSH_PROFILE_UPDATES',
  deactivate_users: 'PUSH_USER_DEACTIVATION',
} as const;

export type ProvisioningOption = keyof typeof OPTIONS;

/** Those of an app's features that mean that it provisions. */
export function provisioningFeatures(features: readonly string[]): string[] {
  return Object.values(OPTIONS).filter((feature) => features.includes(feature));
}

/**
 * An option of *To App*: the `USER_PROVISIONING` feature says so where Okta shows it; else the app's
 * `features[]`; with both hidden or empty it is not shown, which is not *off*.
 */
export function provisioningOption(
  option: ProvisioningOption,
  app: ChosenAppRow,
  appFeatures: readonly AppFeatureRow[] | null,
): OptionState {
  const capability = appFeatures?.find((feature) => feature.name === 'USER_PROVISIONING')?.[option] ?? null;
  if (capability === 'ENABLED' || capability === 'DISABLED') {
    return {
      state: capability === 'ENABLED' ? 'on' : 'off',
      shownBy: `USER_PROVISIONING says ${capability}`,
    };
  }
  const feature = OPTIONS[option];
  if (app.features.length === 0) {
    return {
      state: 'not shown',
      reason: 'Okta shows no features for this app; look at Provisioning › To App',
    };
  }
  return app.features.includes(feature)
    ? { state: 'on', shownBy: `features[] has ${feature}` }
    : { state: 'off', shownBy: `features[] lacks ${feature}` };
}

/** Verdict on an option of *To App* that must be on; `label` as the Admin Console shows it. */
export function judgeProvisioningOption(
  option: ProvisioningOption,
  label: string,
  app: ChosenAppRow,
  appFeatures: readonly AppFeatureRow[] | null,
): JudgedSetting {
  const shown = provisioningOption(option, app, appFeatures);
  if (shown.state === 'not shown') return { outcome: 'skipped', actual: '', reason: shown.reason };
  if (shown.state === 'on') return { outcome: 'pass', actual: `on (${shown.shownBy})` };
  return {
    outcome: 'fail',
    actual: 'off',
    detail: `${label} is off in the SCIM app ${app.label}: ${shown.shownBy}.`,
    evidence: { shown_by: shown.shownBy },
  };
}
