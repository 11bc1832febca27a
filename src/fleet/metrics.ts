import { createServer } from 'node:http';
import { AuditError } from '../domain/errors.ts';
import { FLEET_STATES } from '../domain/fleet.ts';
import { readEntries } from './entries.ts';
import type { Fleet } from './fleet-file.ts';
import type { RunningWorker, WorkerWatch } from './worker.ts';

/** Where metrics are served. */
export interface MetricsAddress {
  host: string;
  port: number;
}

/** How often the database is asked for all organizations, at most. */
const READ_EVERY_MS = 10_000;

/** Serves what a worker does, and how far the night is, for Prometheus. */
export async function serveMetrics(
  { host, port }: MetricsAddress,
  worker: RunningWorker,
  fleet: Fleet,
  now: () => Date,
): Promise<{ watch: WorkerWatch; port: number; close: () => Promise<void> }> {
  const { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const audits = new Counter({
    name: 'optiid_fleet_audits_total',
    help: 'Audits that ended on this worker, by exit code; failed: a try that came to nothing.',
    labelNames: ['code'],
    registers,
  });
  const seconds = new Histogram({
    name: 'optiid_fleet_audit_seconds',
    help: 'How long audits took on this worker.',
    buckets: [5, 15, 30, 60, 120, 300, 600, 1_200, 2_400, 3_600, 7_200],
    registers,
  });
  new Gauge({
    name: 'optiid_fleet_slots',
    help: 'Slots of this worker.',
    labelNames: ['state'],
    registers,
    collect() {
      this.set({ state: 'busy' }, worker.busy());
      this.set({ state: 'free' }, worker.slots - worker.busy());
    },
  });
  new Gauge({
    name: 'optiid_fleet_reserved_memory_bytes',
    help: 'Memory that the audits underway on this worker may need.',
    registers,
    collect() {
      this.set(worker.memoryMb() * 1024 * 1024);
    },
  });
  let readAt = 0;
  new Gauge({
    name: 'optiid_fleet_organizations',
    help: 'Organizations of the fleet by how far they are on their night. The same on every worker.',
    labelNames: ['state'],
    registers,
    async collect() {
      if (Date.now() - readAt < READ_EVERY_MS) return;
      const entries = await readEntries(fleet, worker.queue, { now: now() }).catch(() => null);
      if (entries === null) return;
      readAt = Date.now();
      for (const state of FLEET_STATES) {
        this.set({ state }, entries.filter((entry) => entry.state === state).length);
      }
    },
  });
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') return void response.writeHead(404).end('See /metrics.\n');
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new AuditError(`Metrics cannot be served at ${host}:${port}: ${cause.message}.`, {
          hint: 'Give another port with --metrics.',
          cause,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    watch: {
      onBegin: () => {},
      onEnd: (ending) => {
        audits.inc({ code: ending.code === null ? 'failed' : String(ending.code) });
        seconds.observe(ending.seconds);
      },
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
