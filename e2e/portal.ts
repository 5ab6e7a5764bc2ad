import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

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
  const log = join(dir, 'portal.log');
  const out = openSync(log, 'w');
  const env = Object.fromEntries(Object.entries(process.env).filter(([k]) => !k.startsWith('EREC_')));
  const p = spawn(bin, ['serve', '--demo'], {
    env: { ...env, EREC_ADDR: '127.0.0.1:0', EREC_DATA_DIR: join(dir, 'var'), EREC_LOG_LEVEL: 'warn' },
    stdio: ['ignore', out, out],
  });
  const exit = ended(p);
  const until = Date.now() + 180_000;
  let url = '';
  for (;;) {
    const said = readFileSync(log, 'utf8');
    if (p.exitCode !== null || Date.now() > until) {
      throw new Error(`the portal did not start:\n${said}`);
    }
    // A port that the test chose could be taken by somebody else before the portal has it.
    url ||= said.match(/^Е-приймальня працює: (\S+)$/m)?.[1] ?? '';
    if (url && (await fetch(`${url}/healthz`).then((r) => r.ok, () => false))) break;
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
