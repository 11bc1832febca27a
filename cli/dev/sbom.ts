import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { shippedLock } from './shipped-lock.ts';

/**
 * Prints the bill of materials of the package (CycloneDX). npm makes it, in a folder of the product's name that knows no
 * development dependency: told to leave them out, it leaves out what they share with the product as well.
 */

const { devDependencies: _, ...manifest } = JSON.parse(readFileSync('package.json', 'utf8')) as Record<
  string,
  unknown
>;
const folder = mkdtempSync(join(tmpdir(), 'optiid-audit-sbom-'));
try {
  const product = join(folder, String(manifest.name));
  mkdirSync(product);
  writeFileSync(join(product, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(product, 'package-lock.json'), shippedLock());
  const options = ['--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];
  process.stdout.write(execFileSync('npm', ['sbom', ...options], { cwd: product, maxBuffer: 2 ** 26 }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
