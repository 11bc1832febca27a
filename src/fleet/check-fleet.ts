import { settingTexts } from '../config/read-config.ts';
import { readSettings, type SettingName } from '../config/settings.ts';
import type { Mistake } from '../domain/errors.ts';
import type { RunContext } from '../runtime/run-context.ts';
import type { Fleet, Organization } from './fleet-file.ts';
import { resolveOne, resolveSettings, type SecretPlaces } from './secrets.ts';

/** An organization with its settings looked up, and what is wrong with them. */
export interface ResolvedOrganization {
  organization: Organization;
  /** As an audit takes them from its environment. */
  env: Record<string, string>;
  mistakes: Mistake[];
  /** Origin of its Okta org; null where that is wrong. */
  orgUrl: string | null;
}

/** Looks up the settings of an organization, and checks them as an audit would. */
export async function resolveOrganization(
  fleet: Pick<Fleet, 'folder' | 'where'>,
  organization: Organization,
  env: SecretPlaces['env'],
  queueUrl: string | null,
): Promise<ResolvedOrganization> {
  const { name } = organization;
  const where = (setting: SettingName) => fleet.where(name, setting);
  const resolved = await resolveSettings(organization.settings, { env, folder: fleet.folder }, where);
  const read = readSettings(resolved.values, { okta: true, store: true });
  const wrong = read.mistakes
    // What could not be looked up is told already.
    .filter((mistake) => !resolved.missing.has(mistake.where))
    .map((mistake) => ({
      where: where(mistake.where as SettingName),
      what: `${mistake.where} ${mistake.what}`,
      hint: mistake.hint,
    }));
  const store = resolved.values.OPTIID_DATABASE_URL;
  const isQueue = queueUrl !== null && store !== undefined && isSameDatabase(store, queueUrl);
  const mixedUp = {
    where: where('OPTIID_DATABASE_URL'),
    what: 'OPTIID_DATABASE_URL is the database of the queue.',
    hint: 'Give the queue a database of its own: an audited store is never written to.',
  };
  return {
    organization,
    env: resolved.values,
    mistakes: [...resolved.mistakes, ...wrong, ...(isQueue ? [mixedUp] : [])],
    orgUrl: read.okta?.orgUrl ?? null,
  };
}

/** Keeps the secrets of an organization out of everything that is said. */
export function hideSecrets(env: Readonly<Record<string, string>>, { hide }: Pick<RunContext, 'hide'>): void {
  settingTexts({ values: {}, mistakes: [] }, { cwd: '', env, hide }, {});
}

function isSameDatabase(a: string, b: string): boolean {
  if (!URL.canParse(a) || !URL.canParse(b)) return false;
  const [one, other] = [a, b].map((text) => {
    const { hostname, port, pathname, searchParams } = new URL(text);
    return `${searchParams.get('host') ?? hostname}:${port || 5432}${pathname}`;
  });
  return one === other;
}

/** Checks a whole fleet: every secret is looked up, every setting parsed, and no organization may be there twice. */
export async function checkFleet(
  fleet: Fleet,
  env: SecretPlaces['env'],
  queueUrl: string | null,
): Promise<{ organizations: ResolvedOrganization[]; mistakes: Mistake[] }> {
  const organizations: ResolvedOrganization[] = [];
  const mistakes: Mistake[] = [];
  const names = new Map<string, string>();
  for (const organization of fleet.organizations) {
    const resolved = await resolveOrganization(fleet, organization, env, queueUrl);
    organizations.push(resolved);
    mistakes.push(...resolved.mistakes);
    const { OPTIID_ORGANIZATION: id } = resolved.env;
    if (resolved.orgUrl === null || id === undefined) continue;
    const key = `${resolved.orgUrl} ${id.trim()}`;
    const first = names.get(key);
    if (first !== undefined) {
      mistakes.push({
        where: fleet.where(organization.name),
        what: `${organization.name} is the same organization as ${first}.`,
        hint: 'Take one of them out: an organization is audited once a night.',
      });
    }
    names.set(key, first ?? organization.name);
  }
  for (const key of ['access_key', 'secret_key'] as const) {
    if (fleet.s3 === null) break;
    const found = await resolveOne(fleet.s3[key], { env, folder: fleet.folder }, `s3.${key}`);
    if (typeof found !== 'string') mistakes.push(found);
  }
  // The same line of the defaults is wrong once, not once for each organization.
  const once = new Map(mistakes.map((mistake) => [JSON.stringify(mistake), mistake]));
  return { organizations, mistakes: [...once.values()] };
}
