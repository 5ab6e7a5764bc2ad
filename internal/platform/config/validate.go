package config

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Bounds of numbers.
const (
	// rateMost is more than the API of Prozorro lets anybody ask a second.
	rateMost = 100
	// networkDaysLeast and networkDaysMost: what the fraud desk needs to look at a
	// gathering that has ended, and no more than ten years of what is kept of addresses.
	networkDaysLeast, networkDaysMost = 30, 3650
)

// Validate looks at every setting before anything is opened or made. The error has a
// line for each that cannot be, with its variable, what was given (not of a secret) and
// what is allowed. Kong calls it for each command that takes the settings.
func (c Config) Validate() error {
	var w wrong
	w.when(!isListen(c.Addr), "EREC_ADDR", c.Addr, "an address to listen on such as :8080 or 127.0.0.1:8080")
	if c.BaseURL != "" {
		_, err := baseOf(c.BaseURL)
		w.err(err)
	}
	w.when(strings.TrimSpace(c.DataDir) == "", "EREC_DATA_DIR", c.DataDir, "a folder")
	for _, d := range []struct{ name, url string }{
		{"EREC_DATABASE_URL", c.DatabaseURL}, {"EREC_DATABASE_OWNER_URL", c.OwnerURL}, {"EREC_DATABASE_REPLICA_URL", c.ReplicaURL},
	} {
		w.secret(d.url != "" && !isDatabase(d.url), d.name, "an address such as postgres://user:password@host/name")
	}
	w.when(c.BlobURL != "" && !hasScheme(c.BlobURL, "s3", "file"), "EREC_BLOB_URL", c.BlobURL, "a bucket such as s3://bucket?region=eu-central-1")
	w.when(c.ClamAV != "" && !isClamd(c.ClamAV), "EREC_CLAMAV", c.ClamAV, "unix:/path or tcp://host:port")
	w.when(strings.ContainsAny(c.SMTPHost, "/@ ") || strings.Contains(c.SMTPHost, ":") && net.ParseIP(c.SMTPHost) == nil, "EREC_SMTP_HOST", c.SMTPHost,
		"the name of a host; the port goes into EREC_SMTP_PORT")
	w.when(c.SMTPPort < 1 || c.SMTPPort > 65535, "EREC_SMTP_PORT", c.SMTPPort, "a port from 1 to 65535")
	w.oneOf("EREC_SMTP_TLS", c.SMTPTLS, "starttls", "implicit", "none")
	_, err := mail.ParseAddress(c.MailFrom)
	w.when(err != nil, "EREC_MAIL_FROM", c.MailFrom, "a sender such as Е-приймальня <noreply@e.zt.gov.ua>")
	_, err = c.Proxies()
	w.err(err)
	w.when(c.ProzorroURL != "" && !hasScheme(c.ProzorroURL, "https", "http"), "EREC_PROZORRO_URL", c.ProzorroURL,
		"an address such as https://public-api.prozorro.gov.ua/api/2.5, or nothing")
	_, err = c.Since(time.Time{}, time.UTC)
	w.err(err)
	w.when(!(c.ProzorroRate > 0 && c.ProzorroRate <= rateMost), "EREC_PROZORRO_RATE", c.ProzorroRate, fmt.Sprintf("more than 0 and not more than %d requests a second", rateMost))
	w.when(c.VzaemodiiaURL != "" && !hasScheme(c.VzaemodiiaURL, "https", "http"), "EREC_VZAEMODIIA_URL", c.VzaemodiiaURL, "an address such as https://host/path")
	_, err = c.Ancestors()
	w.err(err)
	w.when(c.PetitionNetworkDays < networkDaysLeast || c.PetitionNetworkDays > networkDaysMost, "EREC_PETITION_NETWORK_DAYS", c.PetitionNetworkDays,
		fmt.Sprintf("from %d to %d days", networkDaysLeast, networkDaysMost))
	w.when(c.MetricsAddr != "" && !isListen(c.MetricsAddr), "EREC_METRICS_ADDR", c.MetricsAddr, "an address to listen on such as 127.0.0.1:9090")
	w.oneOf("EREC_LOG_LEVEL", c.LogLevel, "debug", "info", "warn", "error")
	return w.all()
}

// wrong gathers what cannot be.
type wrong []string

func (w *wrong) when(bad bool, name string, given any, allowed string) {
	if !bad {
		return
	}
	if s, ok := given.(string); ok {
		given = strconv.Quote(s)
	}
	*w = append(*w, fmt.Sprintf("%s: %v is not %s", name, given, allowed))
}

// secret does not repeat what was given.
func (w *wrong) secret(bad bool, name, allowed string) {
	if bad {
		*w = append(*w, name+": what was given is not "+allowed)
	}
}

func (w *wrong) oneOf(name, given string, allowed ...string) {
	w.when(!slices.Contains(allowed, given), name, given, "one of "+strings.Join(allowed, ", "))
}

func (w *wrong) err(err error) {
	if err != nil {
		*w = append(*w, err.Error())
	}
}

func (w *wrong) all() error {
	if len(*w) == 0 {
		return nil
	}
	return errors.New(strings.Join(*w, "\n"))
}

// isListen reports whether a server can be told to listen on s: a host or none, and a port.
func isListen(s string) bool {
	_, port, err := net.SplitHostPort(s)
	n, nerr := strconv.Atoi(port)
	return err == nil && nerr == nil && n >= 0 && n <= 65535
}

// isDatabase reports whether the driver understands s: an address, or keywords and values.
func isDatabase(s string) bool {
	_, err := pgconn.ParseConfig(s)
	return err == nil
}

func hasScheme(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	return err == nil && slices.Contains(schemes, u.Scheme) && (u.Host != "" || u.Path != "" && u.Scheme == "file")
}

func isClamd(s string) bool {
	if path, ok := strings.CutPrefix(s, "unix:"); ok {
		return path != ""
	}
	addr, ok := strings.CutPrefix(s, "tcp://")
	return ok && isListen(addr) && !strings.HasPrefix(addr, ":")
}
