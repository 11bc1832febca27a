import type { StoreSettings } from '../../config/config.ts';
import { type Check, failed, inOrder, passed, type Remedy, undecided, warned } from '../../domain/check.ts';
import { AuditError } from '../../domain/errors.ts';
import { optiIdSubject as subject } from '../check-subject.ts';
import { STORE_VIEWS } from '../store-contract.ts';
import {
  describeProblem,
  examineStore,
  fixOf,
  organizationHint,
  type StoreExamination,
  SUPPORTED_SERVERS,
} from './check-store.ts';
import type { StoreTimeouts } from './connection.ts';
import { parseStoreUrl } from './store-url.ts';

const STORE = subject('store', 'Store is reached');
const SERVER = subject('server', 'Server version');
const ROLE = subject('read-only', 'Role may only read');
const SCHEMA = subject('schema', 'Schema');
const ORGANIZATION = subject('organization', 'Organization is there');
const VIEWS = STORE_VIEWS.map((view) => ({
  view,
  subject: subject(`view.${view.name}`, `View ${view.name}`),
}));
const SUBJECTS = [STORE, SERVER, ROLE, SCHEMA, ...VIEWS.map((one) => one.subject), ORGANIZATION];

/** A person waits for it: a store that takes longer than this for a question of the catalogue hangs. */
const TIMEOUTS: StoreTimeouts = { connectMs: 10_000, statementMs: 15_000, graceMs: 5_000 };

/** The checks of a store that cannot be looked at, all of them unknown for this reason. */
export function storeNotExamined(whyNot: string): Check[] {
  return inOrder(SUBJECTS, [], whyNot);
}

/** Looks at the store as the audit will, and reads no row but organizations. Nothing wrong with the store is thrown. */
export async function checkStore(store: StoreSettings, timeouts: StoreTimeouts = TIMEOUTS): Promise<Check[]> {
  let examination: StoreExamination;
  try {
    examination = await examineStore(store, timeouts);
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    const unreached = failed(STORE, error.message, { who: 'operator of this machine', how: error.hint });
    return inOrder(SUBJECTS, [unreached], 'not asked: the store was not reached');
  }
  const { shown, serverVersion, isSupported, role } = examination;
  const { doubt } = parseStoreUrl(store.databaseUrl);
  const reached =
    doubt === null
      ? passed(STORE, `${shown}, as ${role}`)
      : warned(STORE, `${shown}, as ${role}; ${doubt}`, {
          who: 'operator of this machine',
          how: 'Take sslmode out of OPTIID_DATABASE_URL: the connection is then encrypted and the certificate checked. sslrootcert=FILE names a private authority.',
        });
  if (!isSupported) {
    const old = failed(SERVER, `PostgreSQL ${serverVersion}`, ofOwner(SUPPORTED_SERVERS));
    return inOrder(SUBJECTS, [reached, old], 'not asked: the server is too old');
  }
  const checks = [
    reached,
    passed(SERVER, `PostgreSQL ${serverVersion}`),
    judgeRole(examination),
    ...judgeContract(examination, store.schema),
  ];
  return inOrder(SUBJECTS, checks, 'not asked: the views have to be right first');
}

function ofOwner(how: string): Remedy {
  return { who: 'owner of the store', how };
}

/** The audit's transaction is read only in any case: a role that could write is worth a warning. */
function judgeRole({ role, writes }: StoreExamination): Check {
  if ('unknown' in writes) {
    return undecided(
      ROLE,
      `the catalogue does not say what ${role} may do: ${writes.unknown}`,
      ofOwner(
        `See that ${role} has no right but CONNECT, USAGE and SELECT, owns nothing and is a member of no role that writes.`,
      ),
    );
  }
  if (writes.length === 0) return passed(ROLE, `${role} can write nowhere in this database`);
  const revokes = [...new Set(writes.flatMap(({ revoke }) => (revoke === null ? [] : [revoke])))];
  const how = [
    `The audit reads in a read-only transaction and never writes. Still, let OPTIID_DATABASE_URL name a role of its own that may only read${revokes.length === 0 ? '.' : ', or take from this one what it does not need:'}`,
    ...revokes,
  ].join('\n');
  return warned(ROLE, `${role} could write: ${writes.map(({ what }) => what).join('; ')}`, ofOwner(how));
}

function judgeContract(examination: StoreExamination, schema: string): Check[] {
  const { problems, absent } = examination;
  const ofSchema = problems.filter(({ view }) => view === null);
  const isSchemaMissing = ofSchema.some(({ denied }) => !denied);
  const schemaCheck =
    ofSchema.length === 0
      ? passed(SCHEMA, schema)
      : failed(SCHEMA, ofSchema.map(describeProblem).join('; '), ofOwner(examination.hint));
  if (isSchemaMissing) return [schemaCheck];
  const views = VIEWS.map(({ view, subject: of }) => {
    const wrong = problems.filter((problem) => problem.view === view.name);
    if (wrong.length > 0) {
      return failed(
        of,
        wrong.map(describeProblem).join('; '),
        ofOwner(fixOf(wrong, schema, examination.role)),
      );
    }
    if (absent.has(view.name)) return passed(of, 'not there; it is optional');
    const columns = view.columns.length;
    return passed(
      of,
      `${columns} column${columns === 1 ? '' : 's'} of the right type${problems.length === 0 ? ', can be read' : ''}`,
    );
  });
  return [schemaCheck, ...views, ...(problems.length === 0 ? [judgeOrganization(examination, schema)] : [])];
}

function judgeOrganization({ organization, organizations }: StoreExamination, schema: string): Check {
  if (organization !== null) {
    return passed(ORGANIZATION, `${organization.id} (${organization.name ?? 'without a name'})`);
  }
  return failed(ORGANIZATION, 'the store does not know OPTIID_ORGANIZATION', {
    who: organizations.length === 0 ? 'owner of the store' : 'operator of this machine',
    how: organizationHint(schema, organizations),
  });
}
