package app

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"ereception/internal/authz"
	"ereception/internal/demo"
	"ereception/internal/identity"
	"ereception/internal/pgtest"
	"ereception/internal/platform/db"
)

// mailbox is a real SMTP server that counts what it took. While it is armed it
// kills the portal at the worst moment: the letter is taken, the portal does
// not know it yet.
type mailbox struct {
	mu    sync.Mutex
	seen  map[string]int // Message-ID: how often
	kill  func()
	armed bool
}

func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{m}, nil }

type delivery struct{ box *mailbox }

func (*delivery) Reset()                               {}
func (*delivery) Logout() error                        { return nil }
func (*delivery) Mail(string, *smtp.MailOptions) error { return nil }
func (*delivery) Rcpt(string, *smtp.RcptOptions) error { return nil }

var messageID = regexp.MustCompile(`(?mi)^Message-ID:\s*<([^>]+)>`)

func (d *delivery) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	id := messageID.FindSubmatch(b)
	if id == nil {
		return &smtp.SMTPError{Code: 554, Message: "no Message-ID"}
	}
	d.box.mu.Lock()
	d.box.seen[string(id[1])]++
	armed, kill := d.box.armed, d.box.kill
	d.box.armed = false
	d.box.mu.Unlock()
	if armed {
		kill()
	}
	return nil
}

func (m *mailbox) repeated() (letters, twice int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range m.seen {
		letters++
		if n > 1 {
			twice++
		}
	}
	return letters, twice
}

// process is the portal as people run it.
type process struct {
	t    *testing.T
	bin  string
	env  []string
	addr string
	cmd  *exec.Cmd
	out  *bytes.Buffer
}

func (p *process) start() {
	p.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.t.Fatal(err)
	}
	p.addr = l.Addr().String()
	_ = l.Close()
	p.out = &bytes.Buffer{}
	p.cmd = exec.Command(p.bin, "serve")
	p.cmd.Env = append(os.Environ(), append(p.env, "EREC_ADDR="+p.addr)...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	for range 600 {
		if res, err := http.Get("http://" + p.addr + "/healthz"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	p.t.Fatalf("the portal did not start:\n%s", p.out)
}

func (p *process) kill() { _ = p.cmd.Process.Kill() }

func (p *process) wait() { _ = p.cmd.Wait() }

// resident is a browser that signs in and files.
type resident struct {
	p    *process
	http *http.Client
}

func (p *process) signIn(email string) *resident {
	jar, _ := cookiejar.New(nil)
	r := &resident{p, &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	if to, err := r.post("/sign-in", url.Values{"email": {email}, "password": {demo.Password}}); err != nil || to == "" {
		p.t.Fatalf("sign in: %q, %v\n%s", to, err, p.out)
	}
	return r
}

// post gives where the portal sent the browser; an error when it did not answer.
func (r *resident) post(path string, form url.Values) (string, error) {
	res, err := r.http.PostForm("http://"+r.p.addr+path, form)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusSeeOther {
		return "", nil
	}
	return res.Header.Get("Location"), nil
}

// file files an appeal and gives its number; empty when the portal did not acknowledge it.
func (r *resident) file(i int) (draft, number string) {
	draft, err := r.post("/appeals/new", url.Values{"kind": {"application"}, "addressee": {"0"}})
	if err != nil || draft == "" {
		return "", ""
	}
	draft = strings.TrimSuffix(draft, "/2")
	for _, step := range []struct {
		path string
		form url.Values
	}{
		{draft + "/2", url.Values{"do": {"next"}, "title": {"Звернення " + strconv.Itoa(i)}, "body": {"На дорозі біля будинку глибока яма, прошу відремонтувати."}, "public": {"yes"}}},
		{draft + "/3", url.Values{"do": {"next"}, "name": {"Зразкова Ганна Іванівна"}, "address": {"м. Житомир, вул. Київська, 1"}, "email": {"ann@example.org"}, "channel": {"email"}}},
	} {
		if to, err := r.post(step.path, step.form); err != nil || to == "" {
			return draft, ""
		}
	}
	return draft, r.send(draft)
}

func (r *resident) send(draft string) string {
	to, err := r.post(draft+"/4", url.Values{"do": {"next"}})
	if err != nil || !strings.HasPrefix(to, "/appeals/2") {
		return ""
	}
	n, _, _ := strings.Cut(strings.TrimPrefix(to, "/appeals/"), "?")
	return n
}

func built(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "ereception")
	if out, err := exec.Command("go", "build", "-o", bin, "ereception/cmd/ereception").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// TestAKilledPortalLosesNoSignature kills the running portal by SIGKILL while many
// sign one petition, and starts it again: what was acknowledged stands once, who
// got no answer presses again and stands once, and the counter says as many.
func TestAKilledPortalLosesNoSignature(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	p := &process{t: t, bin: built(t), env: []string{
		"EREC_DATABASE_URL=" + e.URL, "EREC_DATABASE_OWNER_URL=" + e.OwnerURL, "EREC_DATA_DIR=" + t.TempDir(), "EREC_BASE_URL=http://localhost",
	}}
	p.start()
	t.Cleanup(func() { p.kill(); p.wait() })
	const people = 8
	var crowd []*resident
	for i := range people {
		person(t, e, accountOf(i))
	}
	e.Owner(t, "UPDATE people SET name = 'Зразкова Ганна П' || translate(id::text, '0123456789', 'абвгдежзик') WHERE email LIKE 'ann%'")
	e.Owner(t, "INSERT INTO signers (person_id, ident, resident_at, created_at) SELECT id, canonical_email(email), now(), now() FROM people WHERE email LIKE 'ann%'")
	for i := range people {
		crowd = append(crowd, p.signIn(accountOf(i)))
	}
	acknowledged, unanswered := 0, 0
	for round := range 4 {
		e.Owner(t, `INSERT INTO petitions (number, state, author_name, title, essence, filing_key, support_key, salt, charter_id, threshold, tier, residents_only, created_at, published_at, ends_at)
			SELECT nextval('petition_numbers'), 'gathering', 'Зразкова Ганна Іванівна', 'Безпечний перехід', 'Просимо.', gen_random_uuid(), gen_random_uuid()::text, '\x01', max(id), 300, 'email', true, now(), now(), now() + interval '9 days' FROM petition_charters`)
		path := "/petitions/" + strconv.Itoa(e.Count(t, "SELECT max(number) FROM petitions"))
		timer := time.AfterFunc(time.Duration(10+round*15)*time.Millisecond, p.kill)
		sure := make([]bool, people)
		var wg sync.WaitGroup
		for i, r := range crowd {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 2 * time.Millisecond)
				to, err := r.post(path+"/sign", url.Values{})
				sure[i] = err == nil && strings.HasPrefix(to, path)
			})
		}
		wg.Wait()
		timer.Stop()
		p.kill()
		p.wait()
		p.start()
		standing := func(i int) int {
			return e.Count(t, `SELECT count(*) FROM petition_signatures s JOIN petitions p ON p.id = s.petition_id WHERE '/petitions/' || p.number = $1
				AND s.withdrawn_at IS NULL AND s.name = (SELECT name FROM people WHERE email = $2)`, path, accountOf(i))
		}
		for i, r := range crowd {
			if sure[i] {
				if acknowledged++; standing(i) != 1 {
					t.Errorf("round %d: an acknowledged signature stands %d times", round, standing(i))
				}
				continue
			}
			unanswered++
			if to, err := r.post(path+"/sign", url.Values{}); err != nil || !strings.HasPrefix(to, path) {
				t.Errorf("round %d: pressed again: %q, %v", round, to, err)
			}
		}
		for i := range crowd {
			if n := standing(i); n != 1 {
				t.Errorf("round %d: %d signatures of one person", round, n)
			}
		}
		counted := 0
		for range 100 {
			if counted = e.Count(t, "SELECT coalesce(max(c.email), 0) FROM petition_counts c JOIN petitions p ON p.id = c.petition_id WHERE '/petitions/' || p.number = $1", path); counted == people {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if counted != people {
			t.Errorf("round %d: counted %d", round, counted)
		}
	}
	if unanswered == 0 {
		t.Error("the portal never died in the midst of it")
	}
	t.Logf("%d acknowledged before the end, %d pressed again", acknowledged, unanswered)
}

// TestAKilledPortalLosesNothing kills the running portal by SIGKILL, at moments
// of chance and at the worst one, and starts it again: every appeal that was
// acknowledged is there once, every letter that was promised arrives, and one
// that arrives twice bears the same Message-ID.
func TestAKilledPortalLosesNothing(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	bin := built(t)
	box := &mailbox{seen: map[string]int{}}
	srv := smtp.NewServer(box)
	srv.Domain = "localhost"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	p := &process{t: t, bin: bin, env: []string{
		"EREC_DATABASE_URL=" + e.URL, "EREC_DATABASE_OWNER_URL=" + e.OwnerURL, "EREC_DATA_DIR=" + t.TempDir(), "EREC_BASE_URL=http://localhost",
		"EREC_SMTP_HOST=127.0.0.1", "EREC_SMTP_PORT=" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port), "EREC_SMTP_TLS=none", "EREC_MAIL_FROM=portal@example.org",
	}}
	box.kill = func() { p.kill() }
	p.start()
	t.Cleanup(func() { p.kill(); p.wait() })
	for round := range 3 {
		person(t, e, accountOf(round)) // one account may file only so much an hour
	}

	acknowledged := map[string]bool{}
	var doubtful []unsent
	for round := range 3 {
		r := p.signIn(accountOf(round))
		var timer *time.Timer
		if round == 0 {
			box.mu.Lock()
			box.armed = true // the first receipt is taken, then the portal dies
			box.mu.Unlock()
		} else {
			timer = time.AfterFunc(time.Duration(60+round*70)*time.Millisecond, p.kill)
		}
		for i := range 9 {
			draft, n := r.file(round*100 + i)
			if n != "" {
				acknowledged[n] = true
				continue
			}
			if draft != "" {
				doubtful = append(doubtful, unsent{round, draft})
			}
			break
		}
		if timer != nil {
			timer.Stop()
		}
		p.kill()
		p.wait()
		p.start()
	}
	if len(acknowledged) == 0 {
		t.Fatal("nothing was acknowledged: the test tests nothing")
	}
	for _, d := range doubtful { // the person presses the button once more
		p.signIn(accountOf(d.round)).send(d.draft)
	}
	for n := range acknowledged {
		if got := e.Count(t, "SELECT count(*) FROM appeals WHERE number = $1", n); got != 1 {
			t.Errorf("appeal %s was acknowledged and stands %d times", n, got)
		}
	}
	if got := e.Count(t, "SELECT count(*) - count(DISTINCT title) FROM appeals"); got != 0 {
		t.Errorf("%d appeals were filed twice", got)
	}
	appeals := e.Count(t, "SELECT count(*) FROM appeals")
	if got := e.Count(t, "SELECT count(*) FROM letters WHERE kind = 'appeal.receipt'"); got != appeals {
		t.Errorf("%d receipts promised for %d appeals", got, appeals)
	}
	// Nobody helps: what was running when the portal died is put back by the next one.
	for range 400 {
		if e.Count(t, "SELECT count(*) FROM letters WHERE state <> 'sent'") == 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if left := e.Count(t, "SELECT count(*) FROM letters WHERE state <> 'sent'"); left != 0 {
		t.Errorf("%d letters never left\n%s", left, p.out)
	}
	letters, twice := box.repeated()
	if promised := e.Count(t, "SELECT count(*) FROM letters"); letters != promised {
		t.Errorf("%d different letters arrived, %d were promised: a repeated letter changed its Message-ID, or one is lost", letters, promised)
	}
	if twice == 0 {
		t.Error("no letter was repeated: the worst moment was not hit")
	}
	t.Logf("%d appeals acknowledged, %d letters, %d of them twice", len(acknowledged), letters, twice)
}

// refusing is a real mail server that knows nobody.
type refusing struct{}

func (refusing) NewSession(*smtp.Conn) (smtp.Session, error) { return nobody{&delivery{}}, nil }

type nobody struct{ *delivery }

func (nobody) Rcpt(string, *smtp.RcptOptions) error {
	return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
}

// TestTheRunningPortalTellsOfARefusedLetter: the receipt is refused for ever, and the
// timeline of the appeal says so.
func TestTheRunningPortalTellsOfARefusedLetter(t *testing.T) {
	t.Parallel()
	e := pgtest.New(t)
	srv := smtp.NewServer(refusing{})
	srv.Domain = "localhost"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	p := &process{t: t, bin: built(t), env: []string{
		"EREC_DATABASE_URL=" + e.URL, "EREC_DATABASE_OWNER_URL=" + e.OwnerURL, "EREC_DATA_DIR=" + t.TempDir(), "EREC_BASE_URL=http://localhost",
		"EREC_SMTP_HOST=127.0.0.1", "EREC_SMTP_PORT=" + strconv.Itoa(l.Addr().(*net.TCPAddr).Port), "EREC_SMTP_TLS=none", "EREC_MAIL_FROM=portal@example.org",
	}}
	p.start()
	t.Cleanup(func() { p.kill(); p.wait() })
	person(t, e, accountOf(0))
	if _, n := p.signIn(accountOf(0)).file(1); n == "" {
		t.Fatal("not filed")
	}
	told := func() int { return e.Count(t, "SELECT count(*) FROM appeal_events WHERE kind = 'undelivered'") }
	for range 400 {
		if e.Count(t, "SELECT count(*) FROM letters WHERE state = 'queued'") == 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if told() != 1 {
		t.Errorf("%d events of a refused receipt, want 1", told())
	}
}

// unsent is a draft whose sending got no answer.
type unsent struct {
	round int
	draft string
}

func accountOf(round int) string { return "ann" + strconv.Itoa(round) + "@example.org" }

func person(t *testing.T, e *pgtest.Env, email string) {
	t.Helper()
	h, err := identity.HashPassword(context.Background(), demo.Password)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.DB.Write(context.Background(), authz.System("test"), authz.JobRun, func(tx *db.Tx) error {
		if err := tx.Authorize(authz.Anyone); err != nil {
			return err
		}
		_, err := identity.CreatePerson(tx, identity.NewPerson{Email: email, Name: "Зразкова Ганна Іванівна", PasswordHash: h})
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
