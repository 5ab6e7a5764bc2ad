import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const s = createServer();
    s.on('error', fail);
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address() as { port: number };
      s.close(() => done(port));
    });
  });
}

const ended = (p: ChildProcess) => new Promise<number | null>((done) => p.once('exit', (code) => done(code)));

// The processes that work in a folder, from /proc: no tool is needed for that.
function running(dir: string): string[] {
  return readdirSync('/proc').filter((id) => /^\d+$/.test(id)).flatMap((id) => {
    try {
      const line = readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return line.includes(dir) ? [`${id} ${line}`] : [];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

// Starts the portal with a fresh demo city; the function that it gives stops it
// and sees that it went cleanly, its database with it.
export default async function portal(): Promise<() => Promise<void>> {
  const bin = resolve(process.env.PORTAL_BIN || join(import.meta.dirname, '../bin/ereception'));
  const dir = mkdtempSync(join(tmpdir(), 'erec-e2e-'));
  const port = await freePort();
  const log = join(dir, 'portal.log');
  const out = openSync(log, 'w');
  const env = Object.fromEntries(Object.entries(process.env).filter(([k]) => !k.startsWith('EREC_')));
  const p = spawn(bin, ['serve', '--demo'], {
    env: { ...env, EREC_ADDR: `127.0.0.1:${port}`, EREC_DATA_DIR: join(dir, 'var'), EREC_LOG_LEVEL: 'warn' },
    stdio: ['ignore', out, out],
  });
  const exit = ended(p);
  const url = `http://localhost:${port}`;
  const until = Date.now() + 180_000;
  for (;;) {
    if (p.exitCode !== null || Date.now() > until) {
      throw new Error(`the portal did not start:\n${readFileSync(log, 'utf8')}`);
    }
    const ok = await fetch(`http://127.0.0.1:${port}/healthz`).then((r) => r.ok, () => false);
    if (ok) break;
    await new Promise((r) => setTimeout(r, 200));
  }
  process.env.PORTAL_URL = url;
  return async () => {
    p.kill('SIGTERM');
    const code = await exit;
    const text = readFileSync(log, 'utf8');
    const left = running(join(dir, 'var'));
    rmSync(dir, { recursive: true, force: true });
    if (code !== 0) throw new Error(`the portal ended with ${code}:\n${text}`);
    if (left.length > 0) throw new Error(`processes of the portal were left:\n${left.join('\n')}`);
    const faults = text.split('\n').filter((l) => l.includes('"level":"ERROR"'));
    if (faults.length > 0) throw new Error(`the portal logged faults:\n${faults.join('\n')}`);
    if (/@example\.org/.test(text.replace(/^ {2}.*$/gm, ''))) throw new Error('the log holds addresses of people');
  };
}
