package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"ereception/internal/platform/clock"
)

// SMTPConfig says which mail server takes the letters, and how.
type SMTPConfig struct {
	Host     string
	Port     int
	User     string // empty: no authentication
	Password string
	TLS      string // "starttls": demanded; "implicit": from the first byte; "none": only towards this machine
	From     string // "Name <address>" or an address
}

// SMTP hands letters to a mail server: one connection a letter, because letters
// are sent by jobs that run far apart. Safe for concurrent use.
type SMTP struct {
	cfg     SMTPConfig
	from    *mail.Address
	clock   clock.Clock
	roots   *x509.CertPool
	timeout time.Duration
}

// SMTPOption changes how the server is reached.
type SMTPOption func(*SMTP)

// WithRoots trusts the certificates of these authorities in place of the system's.
func WithRoots(p *x509.CertPool) SMTPOption { return func(s *SMTP) { s.roots = p } }

// WithTimeout limits each half of a delivery: getting connected and authenticated,
// and handing the letter over. The default is two minutes: a letter may carry 20 MB.
func WithTimeout(d time.Duration) SMTPOption { return func(s *SMTP) { s.timeout = d } }

const (
	dialTimeout    = 15 * time.Second
	defaultTimeout = 2 * time.Minute
)

// NewSMTP checks the configuration; it does not connect.
func NewSMTP(cfg SMTPConfig, c clock.Clock, opts ...SMTPOption) (*SMTP, error) {
	from, err := sender(cfg.From)
	if err != nil {
		return nil, err
	}
	switch {
	case cfg.Host == "":
		return nil, errors.New("mail: no host of the mail server")
	case cfg.Port < 1 || cfg.Port > 65535:
		return nil, fmt.Errorf("mail: port %d of the mail server", cfg.Port)
	case cfg.User == "" && cfg.Password != "":
		return nil, errors.New("mail: a password without a user")
	}
	switch cfg.TLS {
	case "starttls", "implicit":
	case "none":
		if !loopback(cfg.Host) {
			return nil, errors.New("mail: letters go without TLS only to this machine")
		}
	default:
		return nil, errors.New("mail: TLS is starttls, implicit or none")
	}
	s := &SMTP{cfg: cfg, from: from, clock: c, timeout: defaultTimeout}
	for _, o := range opts {
		o(s)
	}
	return s, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Send delivers the letter to the mail server. nil means that the server has
// taken responsibility for it (RFC 5321, 4.5.5), whatever happens to the
// connection afterwards. See Permanent for the errors.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	msg, err := build(m, s.from, s.clock.Now())
	if err != nil {
		return err
	}
	client, err := s.client(ctx)
	if err != nil {
		return &failure{what: "settings of the mail server", cause: err}
	}
	defer client.stop()
	err = client.DialAndSendWithContext(ctx, msg)
	if err == nil || msg.IsDelivered() {
		return nil
	}
	return scrub(ctx, err)
}

type client struct {
	*gomail.Client
	stop func()
}

func (s *SMTP) client(ctx context.Context) (*client, error) {
	c := &client{stop: func() {}}
	conf := &tls.Config{ServerName: s.cfg.Host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}
	// go-mail follows the context only while it connects, and leaves the
	// connection open when TLS or authentication does not work out.
	dial := func(dctx context.Context, network, addr string) (net.Conn, error) {
		raw, err := (&net.Dialer{Timeout: min(dialTimeout, s.timeout)}).DialContext(dctx, network, addr)
		if err != nil {
			return nil, err
		}
		stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
		c.stop = func() {
			stop()
			_ = raw.Close()
		}
		if s.cfg.TLS != "implicit" {
			return raw, nil
		}
		conn := tls.Client(raw, conf)
		if err := conn.HandshakeContext(dctx); err != nil {
			_ = raw.Close()
			return nil, err
		}
		return conn, nil
	}
	opts := []gomail.Option{
		gomail.WithPort(s.cfg.Port), gomail.WithTimeout(s.timeout), gomail.WithTLSConfig(conf),
		gomail.WithDialContextFunc(dial), gomail.WithHELO(s.helo()), gomail.WithTLSPolicy(gomail.TLSMandatory),
	}
	if s.cfg.TLS != "starttls" {
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS)) // implicit: dial has done it
	}
	if s.cfg.User != "" {
		mechs := []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5}
		if s.cfg.TLS == "none" { // NewSMTP made sure that the server is this machine
			mechs = []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthCramMD5, gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc}
		}
		opts = append(opts, gomail.WithUsername(s.cfg.User), gomail.WithPassword(s.cfg.Password), gomail.WithOpportunisticSMTPAuth(mechs...))
	}
	var err error
	c.Client, err = gomail.NewClient(s.cfg.Host, opts...)
	return c, err
}

// helo is the name under which the portal introduces itself: its mail domain,
// because the host name of a container means nothing to anybody.
func (s *SMTP) helo() string {
	_, domain, _ := strings.Cut(s.from.Address, "@")
	return domain
}

// scrub turns what went wrong into an error without addresses or words of the server.
func scrub(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return &failure{what: "given up: " + ctx.Err().Error(), cause: ctx.Err()}
	}
	var refused *gomail.SendError
	if errors.As(err, &refused) {
		f := &failure{what: stage(refused.Reason)}
		if code := refused.ErrorCode(); code != 0 {
			f.what += " refused with " + strconv.Itoa(code)
			if e := refused.EnhancedStatusCode(); e != "" {
				f.what += " (" + e + ")"
			}
			f.permanent = code >= 500 && code < 600 && ofLetter(refused.Reason)
			f.deferred = code >= 400 && code < 500 && ofLetter(refused.Reason)
		} else {
			f.what += " did not go through"
		}
		return f
	}
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return &failure{what: "the mail server answered " + strconv.Itoa(reply.Code) + " before the letter"}
	}
	var (
		network net.Error
		cert    *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &cert):
		return &failure{what: "the certificate of the mail server: " + cert.Err.Error(), cause: err}
	case errors.As(err, &network) && network.Timeout():
		return &failure{what: "the mail server does not answer in time", cause: err}
	case errors.As(err, &network):
		return &failure{what: "connection to the mail server: " + network.Error(), cause: err}
	case strings.Contains(err.Error(), "does not support STARTTLS"):
		return &failure{what: "the mail server does not offer STARTTLS"}
	case strings.Contains(err.Error(), "AUTH"):
		return &failure{what: "authentication at the mail server"}
	}
	return &failure{what: "the mail server could not be spoken to"}
}

// ofLetter reports whether a stage is about this letter and not about us.
func ofLetter(r gomail.SendErrReason) bool {
	return r == gomail.ErrSMTPRcptTo || r == gomail.ErrSMTPData || r == gomail.ErrSMTPDataClose || r == gomail.ErrWriteContent
}

func stage(r gomail.SendErrReason) string {
	switch r {
	case gomail.ErrSMTPMailFrom:
		return "the sender"
	case gomail.ErrSMTPRcptTo:
		return "the receiver"
	case gomail.ErrSMTPData, gomail.ErrSMTPDataClose, gomail.ErrWriteContent:
		return "the letter"
	}
	return "the connection"
}
