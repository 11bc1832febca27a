import type { SandboxApp, SandboxAppUser, SandboxOkta, SandboxOktaGroup, SandboxOktaUser } from './model.ts';

/**
 * Finds rows of a live array by id. Whoever owns the array may change it at any time, so a hit is checked
 * against the array and a miss rebuilds the index, once per request.
 */
class LiveIndex<Row> {
  private positions = new Map<string, number>();
  private rebuiltIn = -1;
  private readonly rows: () => readonly Row[];
  private readonly idOf: (row: Row) => string;

  constructor(rows: () => readonly Row[], idOf: (row: Row) => string) {
    this.rows = rows;
    this.idOf = idOf;
  }

  get(id: string, request: number): Row | undefined {
    const rows = this.rows();
    const hit = rows[this.positions.get(id) ?? -1];
    if (hit !== undefined && this.idOf(hit) === id) return hit;
    if (this.rebuiltIn === request) return undefined;
    this.rebuiltIn = request;
    this.positions = new Map();
    for (const [position, row] of rows.entries()) this.positions.set(this.idOf(row), position);
    return rows[this.positions.get(id) ?? -1];
  }
}

/** Lookups by id over an org that may change while it is served. */
export class OrgIndex {
  private readonly okta: SandboxOkta;
  private readonly users: LiveIndex<SandboxOktaUser>;
  private readonly groups: LiveIndex<SandboxOktaGroup>;
  private readonly appUsers = new WeakMap<SandboxApp, LiveIndex<SandboxAppUser>>();
  private request = 0;

  constructor(okta: SandboxOkta) {
    this.okta = okta;
    this.users = new LiveIndex(
      () => okta.users,
      (user) => user.id,
    );
    this.groups = new LiveIndex(
      () => okta.groups,
      (group) => group.id,
    );
  }

  /** To be called at the beginning of each request: from here on, a miss is worth another look. */
  beginRequest(): void {
    this.request += 1;
  }

  user(id: string): SandboxOktaUser | undefined {
    return this.users.get(id, this.request);
  }

  group(id: string): SandboxOktaGroup | undefined {
    return this.groups.get(id, this.request);
  }

  app(id: string): SandboxApp | undefined {
    return this.okta.apps.find((app) => app.id === id);
  }

  appUser(app: SandboxApp, userId: string): SandboxAppUser | undefined {
    let index = this.appUsers.get(app);
    if (!index) {
      index = new LiveIndex(
        () => app.users,
        (user) => user.id,
      );
      this.appUsers.set(app, index);
    }
    return index.get(userId, this.request);
  }

  /** A user by id, by login, or by the part of the login before the `@` where only one user has it. */
  userByIdOrLogin(idOrLogin: string): SandboxOktaUser | undefined {
    const byId = this.user(idOrLogin);
    if (byId) return byId;
    const wanted = idOrLogin.toLowerCase();
    const byLogin = this.okta.users.find((user) => user.profile.login.toLowerCase() === wanted);
    if (byLogin || wanted.includes('@')) return byLogin;
    const short = this.okta.users.filter((user) => user.profile.login.toLowerCase().startsWith(`${wanted}@`));
    return short.length === 1 ? short[0] : undefined;
  }
}
