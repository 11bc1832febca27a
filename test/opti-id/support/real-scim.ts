import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import SCIMMY from 'scimmy';
import SCIMMYRouters from 'scimmy-routers';

/** A SCIM server that was not written here, filled with the same people and groups. */

export interface ScimPerson {
  id: string;
  externalId: string;
  email: string;
  firstName: string;
  lastName: string;
}

export interface ScimGroup {
  id: string;
  name: string;
  /** Ids of people. */
  members: string[];
}

export interface RealScim {
  url: string;
  token: string;
  close(): Promise<void>;
}

async function listen(listener: RequestListener): Promise<{ origin: string; close(): Promise<void> }> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type App = RequestListener & { use(path: string, router: unknown): unknown };

/** `scimmy` behind an Express of the test's choice: with Express 5 each page is the first 20 rows. */
export async function startScimmy(
  express: () => unknown,
  people: readonly ScimPerson[],
  groups: readonly ScimGroup[],
): Promise<RealScim> {
  const serving =
    <Row extends { id: string }>(rows: readonly Row[], show: (row: Row) => object) =>
    (resource: { id?: string }) => {
      if (resource.id === undefined) return rows.map(show);
      const found = rows.find(({ id }) => id === resource.id);
      if (found === undefined) throw new SCIMMY.Types.Error(404, null as never, 'There is none.');
      return show(found);
    };
  const showPerson = ({ id, externalId, email, firstName, lastName }: ScimPerson) => ({
    id,
    externalId,
    userName: email,
    name: { givenName: firstName, familyName: lastName },
    emails: [{ value: email }],
    active: true,
  });
  const showGroup = ({ id, name, members }: ScimGroup) => ({
    id,
    displayName: name,
    members: members.map((value) => ({ value })),
  });
  SCIMMY.Resources.declare(SCIMMY.Resources.User).egress(serving(people, showPerson) as never);
  SCIMMY.Resources.declare(SCIMMY.Resources.Group).egress(serving(groups, showGroup) as never);
  const app = express() as App;
  app.use('/scim', new SCIMMYRouters({ type: 'bearer', handler: () => 'the test' } as never));
  const { origin, close } = await listen(app);
  return { url: `${origin}/scim`, token: 'any', close };
}
