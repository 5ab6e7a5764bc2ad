package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// crowded is how many sign at a time.
const crowded = 64

// petitions measures the day on which everybody signs: signing one petition
// against pgbench's bare INSERT of a signature (the same columns and indexes,
// the same durability), signing one against signing many, the page of a petition
// for strangers against a static answer of as many bytes, and the reference peak
// times thirty.
func (b *bench) petitions(ctx context.Context) error {
	bin, err := pgbenchProgram()
	if err != nil {
		say("petitions are not measured: %v", err)
		return nil
	}
	s := &signing{bench: b, pgbench: bin, dir: filepath.Join(b.dir, "pgbench-petitions")}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if err := s.seed(ctx); err != nil {
		return err
	}
	p, err := b.portal(portalOptions{NoJobs: true})
	if err != nil {
		return err
	}
	defer p.stop()
	if err := s.compare(ctx, p); err != nil {
		return err
	}
	one, err := s.gathering(ctx, 1)
	if err != nil {
		return err
	}
	if b.static == nil {
		if b.static, err = startChild("static", nil); err != nil {
			return err
		}
	}
	if err := s.sign(ctx, p, one, 1000); err != nil { // a page with signatories on it
		return err
	}
	if err := b.page(p, livePage{"The petition, stranger", []string{fmt.Sprintf("/petitions/%d", one[0])}, "", false, 0.60}, 100); err != nil {
		return err
	}
	p.stop()
	return s.peak(ctx)
}

type signing struct {
	*bench
	pgbench string
	dir     string
	turn    int64 // whose turn it is to sign: nobody comes back while his session is remembered
	last    loadResult
}

// seed makes the invented applicants signatories who have declared what the
// charter asks for.
func (s *signing) seed(ctx context.Context) error {
	steps := []string{
		// Names of the run may not stand in a list of signatories: they have digits.
		fmt.Sprintf("UPDATE people SET email_confirmed_at = now(), name = 'Вигаданий Заявник Іванович' WHERE id >= %d AND email_confirmed_at IS NULL", firstApplicant),
		fmt.Sprintf(`INSERT INTO signers (person_id, ident, resident_at, created_at) SELECT id, canonical_email(email), now(), now() FROM people WHERE id >= %d ON CONFLICT DO NOTHING`, firstApplicant),
		"CREATE SCHEMA IF NOT EXISTS bench", "GRANT USAGE ON SCHEMA bench TO erec_app",
		"DROP TABLE IF EXISTS bench.signatures", "CREATE TABLE bench.signatures (LIKE public.petition_signatures INCLUDING ALL)",
		"GRANT ALL ON bench.signatures TO erec_app", "VACUUM ANALYZE people", "VACUUM ANALYZE signers",
	}
	for _, q := range append([]string{"SET session_replication_role = replica"}, append(steps, "RESET session_replication_role")...) {
		if _, err := s.su.Exec(ctx, q); err != nil {
			return fmt.Errorf("%.60s…: %w", q, err)
		}
	}
	return os.WriteFile(filepath.Join(s.dir, "bare.sql"), []byte(`\set n :n + 1
INSERT INTO bench.signatures (petition_id, signer, name, at, tier, domain, net, ip, took) VALUES (1, sha256(convert_to('s-' || :client_id || '-' || :base || '-' || :n, 'UTF8')), 'Вигаданий Заявник Іванович', now(), 1, 'example.org', '\\x0102030405060708', '\\x0102030405060708', 15000);
`), 0o600)
}

// gathering makes n petitions that gather and gives their numbers.
func (s *signing) gathering(ctx context.Context, n int) ([]int64, error) {
	if _, err := s.su.Exec(ctx, "SET session_replication_role = replica"); err != nil {
		return nil, err
	}
	rows, err := s.strings(ctx, `INSERT INTO petitions (number, state, author_id, author_name, title, essence, reasons, proposal, filing_key, support_key, salt, charter_id, threshold, tier, residents_only,
			created_at, submitted_at, published_at, ends_at)
		SELECT nextval('petition_numbers'), 'gathering', $2, 'Вигаданий Заявник Іванович', 'Безпечний перехід біля ліцею на вулиці Вітрука',
			repeat('Просимо облаштувати регульований пішохідний перехід біля ліцею: світлофор з кнопкою, острівець безпеки та освітлення. ', 3),
			repeat('Щоранку дорогу тут переходять близько чотирьохсот дітей, а найближчий світлофор стоїть за триста метрів. ', 4),
			repeat('Світлофор з кнопкою виклику та звуковим сигналом; острівець безпеки посередині проїзної частини. ', 3),
			gen_random_uuid(), gen_random_uuid()::text, sha256(gen_random_uuid()::text::bytea), c.id, 1000000, 'email', true, now(), now(), now(), now() + interval '80 days'
		FROM generate_series(1, $1) g, (SELECT id FROM petition_charters ORDER BY valid_from DESC LIMIT 1) c RETURNING number::text`, n, s.people.first)
	if err != nil {
		return nil, err
	}
	if _, err := s.su.Exec(ctx, "RESET session_replication_role"); err != nil {
		return nil, err
	}
	out := make([]int64, len(rows))
	for i, r := range rows {
		if out[i], err = strconv.ParseInt(r, 10, 64); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// press is the request by which the next person signs.
func (s *signing) press(number int64) string {
	k := s.turn
	s.turn++
	return fmt.Sprintf("POST /petitions/%d/sign HTTP/1.1\r\nHost: bench\r\nSec-Fetch-Site: same-origin\r\nX-Forwarded-For: 198.%d.%d.%d\r\n"+
		"Cookie: erec=%s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n",
		number, 18+k>>16&1, k>>8&255, k&255, s.people.session(s.people.first+k%s.people.count))
}

// sign lets n people sign, each one of the petitions.
func (s *signing) sign(_ context.Context, p *child, numbers []int64, n int) error {
	o := loadOptions{Addr: p.addr, Conns: crowded, Seconds: 30, Once: true, Status: http.StatusSeeOther}
	for i := range n {
		o.Requests = append(o.Requests, s.press(numbers[i%len(numbers)]))
	}
	before := s.serverCPU() + cpuOf(p.cmd.Process.Pid)
	r, err := load(o)
	r.CPU += s.serverCPU() + cpuOf(p.cmd.Process.Pid) - before
	s.last = r
	return err
}

// compare is signing one petition, many petitions, and the bare INSERT, in turn.
func (s *signing) compare(ctx context.Context, p *child) error {
	many, err := s.gathering(ctx, 500)
	if err != nil {
		return err
	}
	warm, err := s.gathering(ctx, 1)
	if err != nil {
		return err
	}
	if err := s.sign(ctx, p, append(warm, many...), 1000); err != nil {
		return err
	}
	n := int(3000 * s.seconds)
	var one, lots, bare, oneCPU []float64
	for range s.rounds {
		fresh, err := s.gathering(ctx, 1)
		if err != nil {
			return err
		}
		if err := s.sign(ctx, p, fresh, n); err != nil {
			return err
		}
		got := s.last
		if many, err = s.gathering(ctx, 500); err != nil {
			return err
		}
		if err := s.sign(ctx, p, many, n); err != nil {
			return err
		}
		l := s.last
		i, err := s.bare(ctx)
		if err != nil {
			return err
		}
		s.last = got
		one, lots, bare, oneCPU = append(one, got.rate()), append(lots, l.rate()), append(bare, i.rate()), append(oneCPU, i.cost()/got.cost())
	}
	value := fmt.Sprintf("%.0f/s, p99 %d ms", median(one), s.last.P99.Milliseconds())
	s.add(line{
		what: "Signing one petition, 64 at a time, against a bare INSERT", value: value, limit: fmt.Sprintf("%.0f/s pgbench", median(bare)),
		got: median(shares(one, bare)), target: 0.30, unit: "%", note: fmt.Sprintf("(%.1f %% by CPU time)", 100*median(oneCPU)),
	})
	s.add(line{
		what: "Signing one petition, against signing 500", value: value, limit: fmt.Sprintf("%.0f/s", median(lots)),
		got: median(shares(one, lots)), target: 0.90, unit: "%",
	})
	return nil
}

// bare lets pgbench insert signatures into a table with the same indexes.
func (s *signing) bare(ctx context.Context) (loadResult, error) {
	var r loadResult
	cmd := exec.CommandContext(ctx, s.pgbench, "-n", "-M", "prepared", "-c", strconv.Itoa(crowded), "-j", "2",
		"-T", strconv.Itoa(max(1, int(s.seconds))), "-D", "n=0", "-D", fmt.Sprintf("base=%d", time.Now().UnixNano()), "-f", filepath.Join(s.dir, "bare.sql"),
		"-h", "127.0.0.1", "-p", strconv.Itoa(s.pg.Port), "-U", "erec_app", database)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+s.pg.Password("erec_app"))
	before := s.serverCPU()
	out, err := cmd.CombinedOutput()
	tps, done := tpsRE.FindSubmatch(out), doneRE.FindSubmatch(out)
	if err != nil || tps == nil || done == nil || strings.Contains(string(out), "aborted") {
		return r, fmt.Errorf("pgbench bare.sql: %v\n%.2000s", err, out)
	}
	r.CPU = s.serverCPU() - before + (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	rate, err := strconv.ParseFloat(string(tps[1]), 64)
	if err != nil {
		return r, err
	}
	r.Done, err = strconv.Atoi(string(done[1]))
	r.Seconds = float64(r.Done) / rate
	return r, err
}

// The reference peak times thirty: 33 signatures and some 700 page views a
// second were seen at the busiest petition site.
const (
	peakSignatures = 1000.0 // offered per second
	peakSeconds    = 60
	peakLookers    = 32 // connections that ask for the page as fast as they are answered; the aim is 20,000/s
)

// crowdOf makes more invented applicants with sessions, until there are n.
func (s *signing) crowdOf(ctx context.Context, n int64) error {
	if n <= s.people.count {
		return nil
	}
	for _, q := range []string{
		"SET session_replication_role = replica",
		fmt.Sprintf(`INSERT INTO people (id, email, name, address, status, email_confirmed_at, created_at) OVERRIDING SYSTEM VALUE
			SELECT %[1]d + g, 'applicant' || g || '@example.org', 'Вигаданий Заявник Іванович', '', 'active', now(), now() FROM generate_series(%[2]d, %[3]d) g ON CONFLICT DO NOTHING`, s.people.first, s.people.count, n-1),
		fmt.Sprintf(`INSERT INTO signers (person_id, ident, resident_at, created_at) SELECT id, canonical_email(email), now(), now() FROM people WHERE id >= %d ON CONFLICT DO NOTHING`, s.people.first+s.people.count),
		fmt.Sprintf(`INSERT INTO sessions (id, person_id, method, created_at, last_seen_at, expires_at)
			SELECT md5('session-' || id)::uuid, id, 'password', now(), now(), now() + interval '7 days' FROM people WHERE id >= %d ON CONFLICT DO NOTHING`, s.people.first+s.people.count),
		"RESET session_replication_role", "VACUUM ANALYZE people", "VACUUM ANALYZE sessions", "VACUUM ANALYZE signers",
	} {
		if _, err := s.su.Exec(ctx, q); err != nil {
			return fmt.Errorf("%.60s…: %w", q, err)
		}
	}
	s.people.count = n
	return nil
}

// peak offers signatures at a fixed rate while others look at the same page as
// fast as the machine goes, and then holds the counter against the rows.
func (s *signing) peak(ctx context.Context) error {
	fresh, err := s.gathering(ctx, 1)
	if err != nil {
		return err
	}
	if err := s.crowdOf(ctx, peakSignatures*peakSeconds); err != nil {
		return err
	}
	o := soakOptions{Seconds: peakSeconds, Rate: peakSignatures, Conns: 256, Lookers: peakLookers, Look: get(fmt.Sprintf("/petitions/%d", fresh[0]), "", "gzip")}
	if s.seconds < 1 {
		o.Seconds = 5
	}
	for range int(o.Rate * float64(o.Seconds)) {
		o.Requests = append(o.Requests, s.press(fresh[0]))
	}
	p, err := s.bench.portal(portalOptions{})
	if err != nil {
		return err
	}
	defer p.stop()
	o.Addr = p.addr
	r, err := soak(o)
	if err != nil {
		return err
	}
	time.Sleep(3 * time.Second) // the counter is at most two seconds behind
	var rows, counted int
	if err := s.su.QueryRow(ctx, `SELECT count(*), max(c.email) + max(c.strong) FROM petitions p LEFT JOIN petition_signatures t ON t.petition_id = p.id
		LEFT JOIN petition_counts c ON c.petition_id = p.id WHERE p.number = $1`, fresh[0]).Scan(&rows, &counted); err != nil {
		return err
	}
	say("slow by second: %v", r.Slow)
	exact := "count exact"
	if rows != counted || rows < r.Statuses[http.StatusSeeOther] {
		exact = fmt.Sprintf("COUNT WRONG: %d rows, counted %d, acknowledged %d", rows, counted, r.Statuses[http.StatusSeeOther])
	}
	broken := r.Broken
	for status, n := range r.Statuses {
		if status != http.StatusSeeOther && status != http.StatusServiceUnavailable {
			broken += n
		}
	}
	s.add(line{
		what:  fmt.Sprintf("The peak times thirty for %d s: p99 of a signature", o.Seconds),
		value: fmt.Sprintf("%d ms at %.0f signatures and %.0f pages a second", r.P99.Milliseconds(), float64(r.Statuses[http.StatusSeeOther])/r.Took, float64(r.Looks)/r.Took),
		limit: fmt.Sprintf("%.0f/s offered", o.Rate), got: float64(r.P99.Milliseconds()), target: 300, most: true, unit: "ms",
		note: fmt.Sprintf("(%s; refused early %d; other answers, broken or late %d)", exact, r.Statuses[http.StatusServiceUnavailable], broken),
	})
	return nil
}
