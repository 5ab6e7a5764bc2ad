package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ereception/internal/platform/db"
)

// filing compares the last step of the form, sent by people with sessions of
// their own, with pgbench sending the very statements that the portal sends for
// it, and with pgbench's bare INSERT of one appeal. The statements are taken
// from the log of the server while one appeal is filed, so that they are always
// those of today's code. Everything is as durable as in life.
func (b *bench) filing(ctx context.Context) error {
	bin, err := pgbenchProgram()
	if err != nil {
		say("filing is not measured: %v", err)
		return nil
	}
	// A draft is filed once for ever: a run on the folder of an earlier one counts on from the time.
	f := &filing{bench: b, pgbench: bin, next: time.Now().Unix() * 1_000_000, dir: filepath.Join(b.dir, "pgbench")}
	if _, err := b.su.Exec(ctx, "DELETE FROM appeal_drafts WHERE author_id >= $1", firstApplicant); err != nil {
		return err
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return err
	}
	if err := f.record(ctx); err != nil {
		return err
	}
	p, err := b.portal(portalOptions{NoJobs: true})
	if err != nil {
		return err
	}
	defer p.stop()
	if _, err := f.portal(ctx, p, concurrency, 1); err != nil { // warm
		return err
	}
	few, err := f.rounds(ctx, p, concurrency, "same.sql", "bare.sql")
	if err != nil {
		return err
	}
	b.add(line{
		what: "Filing an appeal, against the same statements", value: few.value(), limit: fmt.Sprintf("%.0f/s pgbench, %d statements", median(few.limits[0]), f.statements),
		got: few.share(0), target: 0.75, unit: "%", note: few.note(0),
	})
	b.add(line{
		what: "Filing an appeal, against a bare INSERT", value: few.value(), limit: fmt.Sprintf("%.0f/s pgbench", median(few.limits[1])),
		got: few.share(1), target: 0.30, unit: "%", note: few.note(1),
	})
	many, err := f.rounds(ctx, p, crowded, "bare.sql")
	if err != nil {
		return err
	}
	b.add(line{
		what: fmt.Sprintf("Filing an appeal, %d at a time, against a bare INSERT", crowded), value: many.value(), limit: fmt.Sprintf("%.0f/s pgbench", median(many.limits[0])),
		got: many.share(0), target: 0.30, unit: "%", note: many.note(0),
	})
	if b.profile != "" {
		if err := b.cpu(p, "filing.pprof", func(seconds float64) error {
			_, err := f.portal(ctx, p, concurrency, seconds)
			return err
		}); err != nil {
			return err
		}
	}
	p.stop()
	return f.withLetters(ctx, median(few.limits[1]))
}

// filed are the rounds of one number of people at a time, with each limit.
type filed struct {
	got    []float64
	limits [][]float64
	cpu    [][]float64 // what the limit costs of what the portal costs
	last   loadResult
}

func (f *filing) rounds(ctx context.Context, p *child, people int, limits ...string) (r filed, err error) {
	r.limits, r.cpu = make([][]float64, len(limits)), make([][]float64, len(limits))
	for range f.bench.rounds {
		if r.last, err = f.portal(ctx, p, people, f.seconds); err != nil {
			return r, err
		}
		r.got = append(r.got, r.last.rate())
		for i, script := range limits {
			l, err := f.run(ctx, people, script)
			if err != nil {
				return r, err
			}
			r.limits[i], r.cpu[i] = append(r.limits[i], l.rate()), append(r.cpu[i], l.cost()/r.last.cost())
		}
	}
	return r, nil
}

func (r filed) value() string {
	return fmt.Sprintf("%.0f/s, p99 %d ms", median(r.got), r.last.P99.Milliseconds())
}

func (r filed) share(i int) float64 { return median(shares(r.got, r.limits[i])) }

func (r filed) note(i int) string { return fmt.Sprintf("(%.1f %% by CPU time)", 100*median(r.cpu[i])) }

// withLetters files while the workers send the receipts, on the same two cores.
func (f *filing) withLetters(ctx context.Context, bare float64) error {
	p, err := f.bench.portal(portalOptions{})
	if err != nil {
		return err
	}
	defer p.stop()
	r, err := f.portal(ctx, p, concurrency, f.seconds)
	if err != nil {
		return err
	}
	f.add(line{
		what: "Filing an appeal while the receipts go out", value: fmt.Sprintf("%.0f/s, p99 %d ms", r.rate(), r.P99.Milliseconds()),
		limit: fmt.Sprintf("%.0f/s pgbench, bare INSERT", bare), got: r.rate() / bare, unit: "%",
	})
	return nil
}

func shares(a, of []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] / of[i]
	}
	return out
}

type filing struct {
	*bench
	pgbench    string
	dir        string
	next       int64 // the next draft
	statements int
}

func pgbenchProgram() (string, error) {
	list, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if len(list) > 0 {
		return list[len(list)-1], nil
	}
	if path, err := exec.LookPath("pgbench"); err == nil {
		return path, nil
	}
	return "", errors.New("this machine has no pgbench (package postgresql of Debian)")
}

// firstLetter begins the numbers of the letters, far from every other number.
const firstLetter = 900_000_000

// send is the request that files the draft k.
func (f *filing) send(k int64) string {
	const body = "do=send"
	return fmt.Sprintf("POST /appeals/drafts/%s/4 HTTP/1.1\r\nHost: bench\r\nSec-Fetch-Site: same-origin\r\nX-Forwarded-For: 198.%d.%d.%d\r\n"+
		"Cookie: erec=%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		named("draft", k), 18+k>>16&1, k>>8&255, k&255, f.people.session(f.people.author(k)), len(body), body)
}

// portal lets so many people file drafts for a while. The limits per account begin anew.
func (f *filing) portal(ctx context.Context, p *child, people int, seconds float64) (loadResult, error) {
	n := int64(6000 * seconds) // more than any machine files
	if err := f.drafts(ctx, f.next, n); err != nil {
		return loadResult{}, err
	}
	if _, err := f.su.Exec(ctx, "TRUNCATE rate_counters"); err != nil {
		return loadResult{}, err
	}
	o := loadOptions{Addr: p.addr, Conns: people, Seconds: seconds, Once: true, Status: http.StatusSeeOther}
	for k := f.next; k < f.next+n; k++ {
		o.Requests = append(o.Requests, f.send(k))
	}
	f.next += n
	before := f.serverCPU() + cpuOf(p.cmd.Process.Pid)
	r, err := load(o)
	r.CPU += f.serverCPU() + cpuOf(p.cmd.Process.Pid) - before
	return r, err
}

// record lets the server log what the portal sends while one appeal is filed,
// and writes the scripts of pgbench.
func (f *filing) record(ctx context.Context) error {
	for _, q := range []string{
		"ALTER DATABASE ereception SET log_statement = 'all'", "ALTER DATABASE ereception SET log_error_verbosity = 'default'",
		"ALTER DATABASE ereception SET log_parameter_max_length = -1", "ALTER DATABASE ereception SET log_duration = off",
	} {
		if _, err := f.su.Exec(ctx, q); err != nil {
			return err
		}
	}
	list, k, err := f.watch(ctx)
	if _, rerr := f.su.Exec(ctx, "ALTER DATABASE ereception RESET ALL"); rerr != nil {
		err = errors.Join(err, rerr)
	}
	if err != nil {
		return err
	}
	return f.scripts(ctx, list, k)
}

// watch files a few appeals in a row and gives the statements of one of them and
// the number of its draft. The first fills short-lived copies, and now and then
// the workers are woken, though but every 50 ms: the shortest is the usual one.
func (f *filing) watch(ctx context.Context) (usual []statement, k int64, err error) {
	p, err := f.bench.portal(portalOptions{NoJobs: true})
	if err != nil {
		return nil, 0, err
	}
	defer p.stop()
	const n = 6
	if err := f.drafts(ctx, f.next, n); err != nil {
		return nil, 0, err
	}
	// The number of a letter must be told from every other parameter.
	if _, err := f.su.Exec(ctx, fmt.Sprintf("SELECT setval('letters_id_seq', greatest(%d, nextval('letters_id_seq')))", firstLetter)); err != nil {
		return nil, 0, err
	}
	path := filepath.Join(f.pg.DataDir, "postgres.log")
	st, err := os.Stat(path)
	if err != nil {
		return nil, 0, err
	}
	o := loadOptions{Addr: p.addr, Conns: 1, Seconds: 5, Once: true, Status: http.StatusSeeOther}
	for range n {
		o.Requests = append(o.Requests, f.send(f.next))
		f.next++
	}
	r, err := load(o)
	if err != nil {
		return nil, 0, err
	}
	if r.Done != n {
		return nil, 0, fmt.Errorf("%d of %d appeals were filed", r.Done, n)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, err
	}
	list := parseLog(string(b[st.Size():]))
	var ends []int
	for i, s := range list {
		if strings.EqualFold(s.sql, "commit") {
			ends = append(ends, i+1)
		}
	}
	if len(ends) != n {
		return nil, 0, fmt.Errorf("the server logged %d transactions for %d appeals", len(ends), n)
	}
	for i := 1; i < n; i++ {
		if s := list[ends[i-1]:ends[i]]; usual == nil || len(s) < len(usual) {
			usual, k = s, f.next-n+int64(i)
		}
	}
	return usual, k, nil
}

// statement is one statement of the log with its parameters.
type statement struct {
	sql    string
	params []string // as literals of SQL; NULL is "NULL"
}

var (
	entryRE = regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ UTC \[\d+\] (\w+):  (.*)`)
	kindRE  = regexp.MustCompile(`(?s)^(?:statement|execute [^:]*): (.*)`)
	paramRE = regexp.MustCompile(`(?s)\$\d+ = (NULL|'(?:[^']|'')*')`)
)

// parseLog reads the statements of the server's log in their order.
func parseLog(log string) []statement {
	var entries [][2]string
	for l := range strings.Lines(log) {
		l = strings.TrimRight(l, "\n")
		if m := entryRE.FindStringSubmatch(l); m != nil {
			entries = append(entries, [2]string{m[1], m[2]})
		} else if n := len(entries); n > 0 {
			entries[n-1][1] += "\n" + strings.TrimPrefix(l, "\t")
		}
	}
	var out []statement
	for _, e := range entries {
		switch {
		case e[0] == "LOG":
			if m := kindRE.FindStringSubmatch(e[1]); m != nil {
				out = append(out, statement{sql: strings.TrimSpace(m[1])})
			}
		case e[0] == "DETAIL" && len(out) > 0:
			for _, m := range paramRE.FindAllStringSubmatch(e[1], -1) {
				out[len(out)-1].params = append(out[len(out)-1].params, m[1])
			}
		}
	}
	// What sets up a new connection belongs to no filing.
	return slices.DeleteFunc(out, func(s statement) bool {
		return strings.HasPrefix(s.sql, "SET ROLE") || strings.HasPrefix(s.sql, "-- ping") || s.sql == ";" || s.sql == ""
	})
}

// scripts writes what pgbench is to send: the recorded statements, with what
// differs from one filing to the next put in as expressions.
func (f *filing) scripts(ctx context.Context, list []statement, k int64) error {
	author := f.people.author(k)
	var letter string // its number was taken from the sequence before the transaction
	if err := f.su.QueryRow(ctx, "SELECT id::text FROM letters WHERE message_id = $1", named("draft", k)+".receipt").Scan(&letter); err != nil {
		return err
	}
	known := map[string]string{
		letter:                   `currval('letters_id_seq')`,
		named("draft", k):        `md5('draft-' || :k::text)::uuid`,
		named("session", author): `md5('session-' || :a::text)::uuid`,
	}
	const head = `\set n :n + 1` + "\n" + `\set k :base + :client_id * 100000 + :n` + "\n"
	var same strings.Builder
	same.WriteString(head)
	fmt.Fprintf(&same, "\\set a %d + :k %% %d\n", f.people.first, f.people.count)
	f.statements = len(list)
	for _, s := range list {
		same.WriteString(s.script(known, author) + ";\n")
	}
	bare, err := f.bare(ctx, k)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(filepath.Join(f.dir, "same.sql"), []byte(same.String()), 0o600),
		os.WriteFile(filepath.Join(f.dir, "bare.sql"), []byte(head+bare+";\n"), 0o600))
}

var (
	placeRE = regexp.MustCompile(`\$\d+`)
	hashRE  = regexp.MustCompile(`\\\\x([0-9a-f]{32,})`)
)

// script gives the statement on one line, parameters put in. What is the
// draft, the session, the author or the hash of a counter differs each time.
func (s statement) script(known map[string]string, author int64) string {
	sql := placeRE.ReplaceAllStringFunc(s.sql, func(m string) string {
		n, err := strconv.Atoi(m[1:])
		if err != nil || n < 1 || n > len(s.params) {
			return m
		}
		return vary(s.params[n-1], known, author)
	})
	lines := strings.Split(sql, "\n")
	for i, l := range lines {
		if at := strings.Index(l, "--"); at >= 0 && !strings.Contains(l[:at], "'") {
			l = l[:at]
		}
		lines[i] = strings.TrimSpace(l)
	}
	return strings.Join(lines, " ")
}

// vary turns a literal of the log into what stands for it in the script.
func vary(lit string, known map[string]string, author int64) string {
	if lit == "NULL" {
		return lit
	}
	text := strings.ReplaceAll(lit[1:len(lit)-1], "''", "'")
	if e, ok := known[text]; ok {
		return e
	}
	id := strconv.FormatInt(author, 10)
	if text == id {
		return ":a"
	}
	if hashRE.MatchString(text) { // keys of the rate limits: each filing counts on rows of its own
		out := quote(hashRE.ReplaceAllString(text, "\x00"))
		i := 0
		for strings.Contains(out, "\x00") {
			i++
			out = strings.Replace(out, "\x00", fmt.Sprintf(`\\\\x' || md5('%d-' || :k::text) || E'`, i), 1)
		}
		return "(" + out + ")"
	}
	for value, e := range known {
		if strings.Contains(text, value) {
			return "(" + strings.Replace(quote(text), value, "' || "+e+" || E'", 1) + ")"
		}
	}
	if strings.Contains(text, id) {
		return "(" + strings.Replace(quote(text), id, "' || :a::text || E'", 1) + ")"
	}
	return quote(text)
}

// quote writes a literal in which pgbench finds no variable of its own and no
// end of line.
func quote(text string) string {
	return "E'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, ":", `\072`).Replace(text) + "'"
}

// bare is the INSERT of the appeal that was filed, into a table with the same
// columns and indexes, without triggers, references and anything around it.
func (f *filing) bare(ctx context.Context, k int64) (string, error) {
	rows, err := f.strings(ctx, `SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'appeals'
		AND is_generated = 'NEVER' AND column_name <> 'id' ORDER BY ordinal_position`)
	if err != nil {
		return "", err
	}
	vals := make([]string, len(rows))
	for i, c := range rows {
		var v *string
		if err := f.su.QueryRow(ctx, "SELECT "+c+"::text FROM appeals WHERE filing_key = $1::uuid", named("draft", k)).Scan(&v); err != nil {
			return "", err
		}
		switch {
		case c == "number":
			vals[i] = "'bare-' || :k::text"
		case c == "filing_key":
			vals[i] = "md5('bare-' || :k::text)::uuid"
		case v == nil:
			vals[i] = "NULL"
		default:
			vals[i] = quote(*v)
		}
	}
	return "INSERT INTO bench.appeals (" + strings.Join(rows, ", ") + ") VALUES (" + strings.Join(vals, ", ") + ")", nil
}

var (
	tpsRE  = regexp.MustCompile(`tps = ([0-9.]+) \(without`)
	doneRE = regexp.MustCompile(`actually processed: (\d+)`)
)

// run lets pgbench send one script for a while.
func (f *filing) run(ctx context.Context, clients int, script string) (loadResult, error) {
	var r loadResult
	base := f.next
	if script == "same.sql" {
		n := int64(800 * f.seconds) // per client
		for c := range int64(clients) {
			if err := f.drafts(ctx, base+c*100_000+1, n); err != nil {
				return r, err
			}
		}
	}
	f.next += int64(clients) * 100_000
	cmd := exec.CommandContext(ctx, f.pgbench, "-n", "-M", "prepared", "-c", strconv.Itoa(clients), "-j", "2",
		"-T", strconv.Itoa(max(1, int(f.seconds))), "-D", "n=0", "-D", fmt.Sprintf("base=%d", base), "-f", filepath.Join(f.dir, script),
		"-h", "127.0.0.1", "-p", strconv.Itoa(f.pg.Port), "-U", db.AppRole, database)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+f.pg.Password(db.AppRole))
	before := f.serverCPU()
	out, err := cmd.CombinedOutput()
	tps, done := tpsRE.FindSubmatch(out), doneRE.FindSubmatch(out)
	if err != nil || tps == nil || done == nil || strings.Contains(string(out), "aborted") {
		return r, fmt.Errorf("pgbench %s: %v\n%.2000s", script, err, out)
	}
	r.CPU = f.serverCPU() - before + (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	rate, rerr := strconv.ParseFloat(string(tps[1]), 64)
	r.Done, err = strconv.Atoi(string(done[1]))
	r.Seconds = float64(r.Done) / rate
	return r, errors.Join(err, rerr)
}
