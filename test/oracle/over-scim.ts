import type { Finding } from '../../src/domain/finding.ts';
import { foldName } from '../../src/domain/names.ts';
import type { Job } from '../../src/domain/rule.ts';
import { toWorld } from './compare.ts';
import { ORGANIZATION_ID, type OrgPair } from './org-pair.ts';

/** What makes a difference right, by rule: the reach that the rule has over SCIM (`overScim.speaksOf`). */
interface Reach {
  /** A finding over SCIM that the database does not have. */
  more?: (finding: Finding, pair: Known) => boolean;
  /** A finding from the database that SCIM does not have. */
  less?: (finding: Finding, pair: Known) => boolean;
}

interface Known {
  inDatabase: (finding: Pick<Finding, 'rule' | 'subject' | 'okta_id'>) => boolean;
  /** Types of the store's groups whose name folds to this. */
  typesOf: (name: string) => (string | null)[];
  typeOf: (optiGroupId: string | null) => string | null;
  /** True where a push mapping names the group, by its id or by its name. */
  isMapped: (optiGroupId: string | null) => boolean;
  /** True for a collaborator or somebody with local login. */
  isOutsideScim: (optiUserId: string | null) => boolean;
}

const groupOf = ({ evidence }: Finding): string => String(evidence.group_name ?? '');
const isNotAllCustom = (types: readonly (string | null)[]): boolean =>
  types.some((type) => type !== 'custom');

const REACH: Readonly<Record<string, Reach>> = {
  // Its type is not shown: whatever no mapping made is in the way.
  'group-name-taken': {
    more: ({ opti_id }, { typeOf }) => typeOf(opti_id) !== 'custom',
    // A mapping may have a custom group; a reserved one has a rule of its own.
    less: ({ evidence, opti_id }, { isMapped }) => evidence.is_reserved === true || isMapped(opti_id),
  },
  'member-gains-group': { more: (finding, { typesOf }) => isNotAllCustom(typesOf(groupOf(finding))) },
  'member-loses-group': {
    more: (finding, { typesOf, isOutsideScim }) =>
      isNotAllCustom(typesOf(groupOf(finding))) || isOutsideScim(finding.opti_id),
    less: ({ okta_id }) => okta_id === null,
  },
  'member-unexpected': {
    more: (finding, { inDatabase }) => inDatabase({ ...finding, rule: 'collaborator-in-managed-group' }),
    less: ({ okta_id }) => okta_id === null,
  },
};

interface Difference {
  job: Job;
  side: 'only over SCIM' | 'only in the database';
  rule: string;
  subject: string;
  okta_id: string | null;
}

/** Findings by what they are about: the id of the store may be known to one of the two alone. */
const keyOf = ({ rule, subject, okta_id }: Pick<Finding, 'rule' | 'subject' | 'okta_id'>) =>
  JSON.stringify([rule, subject.toLowerCase(), okta_id]);

/** Where the same org is judged otherwise over SCIM than from the database. */
export async function differencesOverScim(pair: OrgPair, job: Job): Promise<Difference[]> {
  const database = await toWorld(pair).judged(job);
  const scim = await toWorld(pair).overScim().judged(job);
  const judged = new Set(
    scim.rules.flatMap(({ rule, outcome }) => (outcome === 'pass' || outcome === 'fail' ? [rule] : [])),
  );
  const databaseKeys = new Set(database.findings.map(keyOf));
  const scimKeys = new Set(scim.findings.map(keyOf));
  const notInDatabase = new Set(
    database.rules.flatMap(({ rule, outcome }) => (outcome === 'unknown' ? [rule] : [])),
  );
  const groups = pair.rows['optiId.groups'];
  const outside = new Set(
    pair.rows['optiId.users']
      .filter(
        ({ home_organization_id: home, local_login }) =>
          local_login || (home !== null && home !== ORGANIZATION_ID),
      )
      .map(({ opti_user_id }) => opti_user_id),
  );
  const mapped = new Set(
    pair.rows['okta.groupPushMappings'].flatMap(({ source_group_id, target_group_id }) => [
      source_group_id,
      target_group_id,
    ]),
  );
  const known: Known = {
    inDatabase: (finding) => databaseKeys.has(keyOf(finding)),
    typesOf: (name) =>
      groups.filter((group) => foldName(group.name) === foldName(name)).map((group) => group.group_type),
    typeOf: (id) => groups.find(({ opti_group_id }) => opti_group_id === id)?.group_type ?? null,
    isMapped: (id) => {
      const name = groups.find(({ opti_group_id }) => opti_group_id === id)?.name ?? '';
      return pair.rows['okta.groups'].some(
        (group) =>
          mapped.has(group.okta_group_id) &&
          (group.external_id === id || foldName(group.name) === foldName(name)),
      );
    },
    isOutsideScim: (id) => id !== null && outside.has(id),
  };
  const about =
    (side: Difference['side']) =>
    ({ rule, subject, okta_id }: Finding) => ({ job, side, rule, subject, okta_id });
  return [
    ...scim.findings
      .filter((finding) => !databaseKeys.has(keyOf(finding)) && !notInDatabase.has(finding.rule))
      .filter((finding) => REACH[finding.rule]?.more?.(finding, known) !== true)
      .map(about('only over SCIM')),
    ...database.findings
      .filter((finding) => judged.has(finding.rule) && !scimKeys.has(keyOf(finding)))
      .filter((finding) => REACH[finding.rule]?.less?.(finding, known) !== true)
      .map(about('only in the database')),
  ];
}
