import type { SandboxOkta } from '../../../src/sandbox/model.ts';
import { changeGroups, makeBenchOrg, type OrgSize } from './bench-org.ts';
import { bigOrgSource } from './big-org.ts';
import {
  type BenchServer,
  type BenchServerOptions,
  type SandboxSource,
  type ServerStats,
  sandboxSource,
  startBenchServer,
} from './okta-bench-server.ts';

/** What the server's process is told, and what it answers. */
export interface ServerRequests {
  /** Serves an org of this size. Resolves with the origin. */
  start: { take: { size: OrgSize; isSynthetic?: boolean }; give: string };
  reset: { take: BenchServerOptions; give: null };
  stats: { take: null; give: ServerStats };
  /** Everything that was asked for so far. */
  urls: { take: null; give: string[] };
  /** Changes this share of the groups. Resolves with their number. */
  change: { take: { share: number; at: string }; give: number };
}

export type ServerVerb = keyof ServerRequests;

type Handlers = {
  [Verb in ServerVerb]: (take: ServerRequests[Verb]['take']) => Promise<ServerRequests[Verb]['give']>;
};

/** The side of the server's process: answers what its parent asks. */
export function serverHandlers(): Handlers {
  let server: BenchServer | undefined;
  let org: { okta: SandboxOkta; source: SandboxSource } | undefined;
  const running = (): BenchServer => {
    if (!server) throw new Error('The bench server was not started.');
    return server;
  };
  return {
    async start({ size, isSynthetic }) {
      if (isSynthetic !== true) {
        const okta = makeBenchOrg(size);
        org = { okta, source: await sandboxSource(okta) };
      }
      server = await startBenchServer(org?.source ?? bigOrgSource(size));
      return server.url;
    },
    async reset(options) {
      running().reset(options);
      return null;
    },
    stats: async () => running().stats(),
    urls: async () => org?.source.urls() ?? [],
    async change({ share, at }) {
      if (!org) return 0;
      const changed = changeGroups(org.okta, share, at);
      org.source.forget((url) => {
        const id = /^\/api\/v1\/groups\/([^/?]+)/.exec(url)?.[1];
        return id === undefined ? url.startsWith('/api/v1/groups?') : changed.has(id);
      });
      return changed.size;
    },
  };
}
