package mail

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"ereception/internal/platform/clock"
)

const from = "Е-приймальня Житомира <noreply@zvernennia.example.test>"

var now = time.Date(2026, time.November, 25, 14, 5, 6, 0, time.UTC)

func message() Message {
	return Message{
		ID:      "0123456789abcdef@zvernennia.example.test",
		To:      "Юлія Ґалаґан <julia@example.test>",
		Subject: "Звернення № 2026-11-00042 отримано: об’їзна дорога, освітлення та решта дуже довгої теми листа",
		Text:    "Вітаємо, Юліє!\n\nВідкрити звернення:\nhttps://zvernennia.example.test/appeals/2026-11-00042?a=1&b=2\n.\nКрапка сама в рядку.\n",
		HTML:    "<!DOCTYPE html><html lang=\"uk\"><body><p>Вітаємо, Юліє!</p><p>" + strings.Repeat("довгий рядок ", 200) + "</p><a href=\"https://zvernennia.example.test/appeals/2026-11-00042?a=1&amp;b=2\">Відкрити</a></body></html>",
		Locale:  "uk",
	}
}

// received is one letter as a mail server got it.
type received struct {
	from, user string
	to         []string
	data       []byte
	tls        bool
}

// server is a real mail server on this machine.
type server struct {
	mu      sync.Mutex
	letters []received
	tried   int // passwords
	mail    error
	rcpt    error
	data    error
	slow    chan struct{} // DATA waits for it when not nil
	port    int
	roots   *x509.CertPool
}

func (s *server) got() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.letters)
}

type mode struct{ starttls, implicit, noauth bool }

func serve(t *testing.T, s *server, m mode) {
	t.Helper()
	cert, roots := certificate(t)
	s.roots = roots
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		_, secure := c.TLSConnectionState()
		base := session{s: s, l: received{tls: secure}}
		if m.noauth {
			return &base, nil
		}
		return &authSession{session: base}, nil
	}))
	srv.Domain, srv.AllowInsecureAuth = "mail.example.test", true
	srv.ErrorLog = quiet{}
	conf := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	if m.starttls {
		srv.TLSConfig = conf
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	if m.implicit {
		l = tls.NewListener(l, conf)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close(); <-done })
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

type session struct {
	s *server
	l received
}

func (x *session) Reset()        { x.l.from, x.l.to, x.l.data = "", nil, nil }
func (x *session) Logout() error { return nil }

func (x *session) Mail(from string, _ *smtp.MailOptions) error {
	x.l.from = from
	return x.s.mail
}

func (x *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	x.l.to = append(x.l.to, to)
	return x.s.rcpt
}

func (x *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if x.s.slow != nil {
		<-x.s.slow
	}
	if x.s.data != nil {
		return x.s.data
	}
	l := x.l
	l.data = b
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	x.s.letters = append(x.s.letters, l)
	return nil
}

type authSession struct{ session }

func (x *authSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (x *authSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		x.s.mu.Lock()
		x.s.tried++
		x.s.mu.Unlock()
		if user != "portal" || password != "пароль" {
			return smtp.ErrAuthFailed
		}
		x.l.user = user
		return nil
	}), nil
}

func (x *authSession) Mail(from string, o *smtp.MailOptions) error {
	if x.l.user == "" {
		return smtp.ErrAuthRequired
	}
	return x.session.Mail(from, o)
}

func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), // TLS asks the machine's clock
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func dialTo(t *testing.T, s *server, how string, opts ...SMTPOption) *SMTP {
	t.Helper()
	m, err := NewSMTP(SMTPConfig{Host: "127.0.0.1", Port: s.port, User: "portal", Password: "пароль", TLS: how, From: from},
		clock.At(now), append([]SMTPOption{WithRoots(s.roots), WithTimeout(5 * time.Second)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestSMTPDelivers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		mode mode
		how  string
		tls  bool
	}{
		"by STARTTLS":              {mode{starttls: true}, "starttls", true},
		"by implicit TLS":          {mode{implicit: true}, "implicit", true},
		"in the clear on loopback": {mode{}, "none", false},
		"in the clear when asked to, though STARTTLS is offered": {mode{starttls: true}, "none", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &server{}
			serve(t, s, tc.mode)
			sender := dialTo(t, s, tc.how)
			m := message()
			m.Attachments = []Attachment{{Name: "відповідь-15К.pdf", MIME: "application/pdf", Data: bytes.Repeat([]byte("%PDF\x00\r\n.\r\n\xff"), 999)}}
			for range 2 { // an attempt after a crash
				if err := sender.Send(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
			got := s.got()
			if len(got) != 2 {
				t.Fatalf("%d letters, want 2", len(got))
			}
			l := got[0]
			if l.from != "noreply@zvernennia.example.test" || len(l.to) != 1 || l.to[0] != "julia@example.test" || l.user != "portal" || l.tls != tc.tls {
				t.Errorf("envelope %q to %q by %q, TLS %v", l.from, l.to, l.user, l.tls)
			}
			msg, parts := parse(t, l.data)
			h := msg.Header
			for header, want := range map[string]string{
				"Message-Id": "<0123456789abcdef@zvernennia.example.test>", "Date": "Wed, 25 Nov 2026 14:05:06 +0000",
				"Auto-Submitted": "auto-generated", "Content-Language": "uk", "User-Agent": "", "X-Mailer": "",
			} {
				if h.Get(header) != want {
					t.Errorf("%s: %q, want %q", header, h.Get(header), want)
				}
			}
			if decode(h.Get("Subject")) != m.Subject || decode(h.Get("To")) != `"Юлія Ґалаґан" <julia@example.test>` && !strings.Contains(decode(h.Get("To")), "Юлія Ґалаґан") {
				t.Errorf("subject %q to %q", decode(h.Get("Subject")), decode(h.Get("To")))
			}
			if len(parts) != 3 || parts[0].mime != "text/plain" || parts[1].mime != "text/html" || parts[2].mime != "application/pdf" {
				t.Fatalf("parts %v", parts)
			}
			if got := strings.ReplaceAll(string(parts[0].data), "\r\n", "\n"); got != m.Text {
				t.Errorf("text %q", got)
			}
			if got := string(parts[1].data); got != m.HTML {
				t.Errorf("HTML %q", got)
			}
			if parts[2].name != "відповідь-15К.pdf" || !bytes.Equal(parts[2].data, m.Attachments[0].Data) {
				t.Errorf("attachment %q of %d bytes", parts[2].name, len(parts[2].data))
			}
			for i, line := range bytes.Split(l.data, []byte("\r\n")) {
				if len(line) > 998 { // RFC 5322, 2.1.1
					t.Errorf("line %d has %d bytes", i, len(line))
				}
			}
			if again, _ := parse(t, got[1].data); again.Header.Get("Message-Id") != h.Get("Message-Id") {
				t.Error("the second attempt is another letter")
			}
		})
	}
}

func parse(t *testing.T, data []byte) (*mail.Message, []part) {
	t.Helper()
	msg, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	parts, err := walk(textproto.MIMEHeader(msg.Header), msg.Body, nil)
	if err != nil {
		t.Fatal(err)
	}
	return msg, parts
}

func TestSMTPRefusesToSpeakInTheClear(t *testing.T) {
	t.Parallel()
	s := &server{}
	serve(t, s, mode{})
	err := dialTo(t, s, "starttls").Send(t.Context(), message())
	if err == nil || Permanent(err) || !strings.Contains(err.Error(), "STARTTLS") {
		t.Errorf("got %v", err)
	}
	if len(s.got()) != 0 || s.tried != 0 {
		t.Errorf("%d letters and %d passwords went in the clear", len(s.got()), s.tried)
	}
}

func TestSMTPChecksTheCertificate(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"starttls", "implicit"} {
		s := &server{}
		serve(t, s, mode{starttls: how == "starttls", implicit: how == "implicit"})
		_, strangers := certificate(t)
		err := dialTo(t, s, how, WithRoots(strangers)).Send(t.Context(), message())
		if err == nil || Permanent(err) || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: got %v", how, err)
		}
		if len(s.got()) != 0 || s.tried != 0 {
			t.Errorf("%s: a stranger got %d letters and %d passwords", how, len(s.got()), s.tried)
		}
	}
}

func TestSMTPErrors(t *testing.T) {
	t.Parallel()
	reply := func(code int, text string) error {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: text}
	}
	const words = "<julia@example.test>: Юлія has moved"
	for name, tc := range map[string]struct {
		server    *server
		password  string
		permanent bool
		deferred  bool
		says      string
	}{
		"unknown receiver":         {server: &server{rcpt: reply(550, words)}, permanent: true, says: "550"},
		"receiver's box is busy":   {server: &server{rcpt: reply(450, words)}, deferred: true, says: "450"},
		"content refused":          {server: &server{data: reply(554, words)}, permanent: true, says: "554"},
		"try later after the data": {server: &server{data: reply(451, words)}, deferred: true, says: "451"},
		"our sender is refused":    {server: &server{mail: reply(553, words)}, says: "553"},
		"our password is wrong":    {password: "інший", says: "535"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tc.server
			if s == nil {
				s = &server{}
			}
			serve(t, s, mode{starttls: true})
			sender := dialTo(t, s, "starttls")
			if tc.password != "" {
				sender.cfg.Password = tc.password
			}
			err := sender.Send(t.Context(), message())
			if err == nil {
				t.Fatal("no error")
			}
			if Permanent(err) != tc.permanent || Deferred(err) != tc.deferred || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("permanent %v, deferred %v: %v", Permanent(err), Deferred(err), err)
			}
			for e := err; e != nil; e = errors.Unwrap(e) {
				for _, secret := range []string{"@", "julia", "Юлія", "portal", "пароль", "інший", "0123456789abcdef"} {
					if strings.Contains(e.Error(), secret) {
						t.Errorf("the error quotes %q: %v", secret, e)
					}
				}
			}
			if n := len(s.got()); n != 0 {
				t.Errorf("%d letters came through", n)
			}
		})
	}
}

func TestSMTPServerIsAway(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{port: l.Addr().(*net.TCPAddr).Port}
	_ = l.Close()
	if err := dialTo(t, s, "starttls").Send(t.Context(), message()); err == nil || Permanent(err) {
		t.Errorf("got %v", err)
	}
}

func TestSMTPFollowsTheContextAndTheTimeout(t *testing.T) {
	t.Parallel()
	t.Run("the context ends a delivery", func(t *testing.T) {
		t.Parallel()
		s := &server{slow: make(chan struct{})}
		serve(t, s, mode{starttls: true})
		t.Cleanup(func() { close(s.slow) })
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		err := dialTo(t, s, "starttls", WithTimeout(time.Minute)).Send(ctx, message())
		if !errors.Is(err, context.DeadlineExceeded) || Permanent(err) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a silent server is left", func(t *testing.T) {
		t.Parallel()
		s := &server{slow: make(chan struct{})}
		serve(t, s, mode{starttls: true})
		t.Cleanup(func() { close(s.slow) })
		err := dialTo(t, s, "starttls", WithTimeout(300*time.Millisecond)).Send(t.Context(), message())
		if err == nil || Permanent(err) {
			t.Errorf("got %v", err)
		}
	})
}

func TestNothingFromOutsideAddsAHeaderOrAReceiver(t *testing.T) {
	t.Parallel()
	s := &server{}
	serve(t, s, mode{starttls: true})
	sender := dialTo(t, s, "starttls")
	for name, change := range map[string]func(*Message){
		"line break in the receiver":        func(m *Message) { m.To = "julia@example.test\r\nBcc: evil@example.test" },
		"line break in the receiver's name": func(m *Message) { m.To = "\"J\r\nBcc: evil@example.test\" <julia@example.test>" },
		"two receivers":                     func(m *Message) { m.To = "julia@example.test, evil@example.test" },
		"a command in the receiver":         func(m *Message) { m.To = "<\"a> RCPT TO:<evil\"@example.test>" },
		"no receiver":                       func(m *Message) { m.To = "" },
		"not an address":                    func(m *Message) { m.To = "julia" },
		"line break in the Message-ID":      func(m *Message) { m.ID = "a@b\r\nBcc: evil@example.test" },
		"angle brackets in the Message-ID":  func(m *Message) { m.ID = "<a@b>" },
		"no Message-ID":                     func(m *Message) { m.ID = "" },
	} {
		m := message()
		change(&m)
		err := sender.Send(t.Context(), m)
		if err == nil || !Permanent(err) {
			t.Errorf("%s: got %v, want a refusal for ever", name, err)
		} else if strings.Contains(err.Error(), "@") || strings.Contains(err.Error(), "julia") {
			t.Errorf("%s: the error quotes the receiver: %v", name, err)
		}
	}
	if n := len(s.got()); n != 0 {
		t.Fatalf("%d letters came through", n)
	}

	m := message()
	m.Subject = "Тема\r\nBcc: evil@example.test\r\n\r\nтіло\x00\u202e"
	m.Locale = "uk\r\nBcc: evil@example.test"
	m.Attachments = []Attachment{
		{Name: "a.pdf\"\r\nBcc: evil@example.test", MIME: "application/pdf\r\nBcc: evil@example.test", Data: []byte("x")},
		{Name: `..\..\etc/passwd`, MIME: "text/plain; charset=utf-8", Data: []byte("x")},
		{Name: "\r\n", Data: []byte("x")},
		{Name: strings.Repeat("Дуже довга назва ", 40) + ".pdf", MIME: "application/pdf", Data: []byte("x")},
	}
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	l := s.got()[0]
	msg, parts := parse(t, l.data)
	if len(l.to) != 1 || msg.Header.Get("Bcc") != "" || bytes.Contains(l.data, []byte("\nBcc:")) {
		t.Errorf("a header was added:\n%s", l.data)
	}
	if got, want := decode(msg.Header.Get("Subject")), "Тема Bcc: evil@example.test тіло"; got != want {
		t.Errorf("subject %q, want %q", got, want)
	}
	for _, line := range bytes.Split(l.data, []byte("\r\n")) {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes: %.80s", len(line), line)
		}
	}
	var names, types []string
	for _, p := range parts[2:] {
		names, types = append(names, p.name), append(types, p.mime)
	}
	if want := []string{"a.pdf_ Bcc_ evil@example.test", "passwd", "file", strings.Repeat("Дуже довга назва ", 5) + "Дуже довга .pdf"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
	if want := []string{"application/octet-stream", "text/plain", "application/octet-stream", "application/pdf"}; !slices.Equal(types, want) {
		t.Errorf("types %q, want %q", types, want)
	}
}

func TestNewSMTP(t *testing.T) {
	t.Parallel()
	good := SMTPConfig{Host: "mail.example.test", Port: 587, User: "portal", Password: "пароль", TLS: "starttls", From: from}
	for name, tc := range map[string]struct {
		change func(*SMTPConfig)
		ok     bool
	}{
		"as it should be":             {func(*SMTPConfig) {}, true},
		"without TLS to this machine": {func(c *SMTPConfig) { c.Host, c.TLS = "localhost", "none" }, true},
		"without TLS to this address": {func(c *SMTPConfig) { c.Host, c.TLS = "::1", "none" }, true},
		"without TLS to another":      {func(c *SMTPConfig) { c.TLS = "none" }, false},
		"without TLS to a lookalike":  {func(c *SMTPConfig) { c.Host, c.TLS = "localhost.example.test", "none" }, false},
		"unknown TLS":                 {func(c *SMTPConfig) { c.TLS = "opportunistic" }, false},
		"without a host":              {func(c *SMTPConfig) { c.Host = "" }, false},
		"without a port":              {func(c *SMTPConfig) { c.Port = 0 }, false},
		"a password without a user":   {func(c *SMTPConfig) { c.User = "" }, false},
		"without authentication":      {func(c *SMTPConfig) { c.User, c.Password = "", "" }, true},
		"a sender that is no address": {func(c *SMTPConfig) { c.From = "Житомир" }, false},
		"a sender with a line break":  {func(c *SMTPConfig) { c.From = "a@b.test\r\nBcc: c@d.test" }, false},
		"a sender without a name":     {func(c *SMTPConfig) { c.From = "noreply@localhost" }, true},
		"the sender of the portal":    {func(c *SMTPConfig) { c.From = "Е-приймальня Житомира <noreply@localhost>" }, true},
	} {
		cfg := good
		tc.change(&cfg)
		if _, err := NewSMTP(cfg, clock.At(now)); (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		} else if err != nil && strings.Contains(err.Error(), "пароль") {
			t.Errorf("%s: the error quotes the password", name)
		}
	}
}
