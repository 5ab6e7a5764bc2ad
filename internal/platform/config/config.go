// Package config is the one struct from which come the flags, the environment
// variables (EREC_…) and the help of the portal.
//
// A secret may be given as a file: EREC_X_FILE instead of EREC_X. An unknown
// EREC_ variable is an error, because a misspelt one would silently change
// nothing; so is a value that cannot be (Validate). Dump shows the configuration at start without its secrets.
package config

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Config holds every setting. The tags are kong's.
type Config struct {
	Addr                string   `env:"EREC_ADDR" default:":8080" help:"Address to listen on. When its port is taken and the address was not chosen by hand, the next free port is taken and said."`
	BaseURL             string   `env:"EREC_BASE_URL" help:"Address of the portal in letters and papers, such as https://e.zt.gov.ua. Empty: http://localhost and the port."`
	DataDir             string   `env:"EREC_DATA_DIR" default:"./var" help:"Folder of the embedded database, of files and of the outbox."`
	DatabaseURL         string   `env:"EREC_DATABASE_URL" secret:"" help:"PostgreSQL of the portal (15 or later). Empty: a private cluster under the data folder."`
	OwnerURL            string   `name:"database-owner-url" aliases:"owner-url" env:"EREC_DATABASE_OWNER_URL" secret:"" help:"The same database for the role that owns the tables. Empty: EREC_DATABASE_URL."`
	ReplicaURL          string   `name:"database-replica-url" aliases:"replica-url" env:"EREC_DATABASE_REPLICA_URL" secret:"" help:"A read-only replica for pages. Empty: none."`
	BlobURL             string   `env:"EREC_BLOB_URL" help:"Bucket for files, such as s3://bucket?region=eu-central-1. Empty: a folder under the data folder."`
	ClamAV              string   `name:"clamav" aliases:"clam-av" env:"EREC_CLAMAV" help:"Socket of clamd, unix:/run/clamav/clamd.ctl or tcp://host:3310. Empty: files are not scanned."`
	SMTPHost            string   `env:"EREC_SMTP_HOST" help:"Mail server. Empty: letters are written to the outbox under the data folder."`
	SMTPPort            int      `env:"EREC_SMTP_PORT" default:"587" help:"Port of the mail server."`
	SMTPUser            string   `env:"EREC_SMTP_USER" help:"Account at the mail server."`
	SMTPPassword        string   `env:"EREC_SMTP_PASSWORD" secret:"" help:"Password at the mail server."`
	SMTPTLS             string   `name:"smtp-tls" aliases:"smtptls" env:"EREC_SMTP_TLS" default:"starttls" help:"How the connection is encrypted: starttls (demanded), implicit, none (only towards this machine)."`
	MailFrom            string   `env:"EREC_MAIL_FROM" default:"Е-приймальня Житомира <noreply@localhost>" help:"Sender of letters."`
	OIDC                string   `env:"EREC_OIDC" secret:"" help:"JSON list of OpenID Connect providers: [{\"id\",\"name\",\"issuer\",\"client_id\",\"client_secret\"}]."`
	MapLayers           string   `env:"EREC_MAP_LAYERS" help:"JSON list of further map layers (XYZ, WMS, WMTS)."`
	TrustedProxies      []string `env:"EREC_TRUSTED_PROXIES" help:"Networks whose X-Forwarded-For is believed, such as 10.0.0.0/8."`
	ProzorroURL         string   `env:"EREC_PROZORRO_URL" default:"https://public-api.prozorro.gov.ua/api/2.5" help:"OpenProcurement API from which the purchases of the city's buyers are mirrored. Empty: no mirror, only what is imported."`
	ProzorroSync        bool     `env:"EREC_PROZORRO_SYNC" help:"Follow the API while the portal serves; never in the demonstration. Without it only the command procurement sync does."`
	ProzorroSince       string   `env:"EREC_PROZORRO_SINCE" help:"Day back to which the mirror fills itself, such as 2025-10-01. Empty: 13 months before the first start."`
	ProzorroRate        float64  `env:"EREC_PROZORRO_RATE" default:"5" help:"Most requests a second to the API, 100 at most."`
	ProzorroContact     string   `env:"EREC_PROZORRO_CONTACT" help:"Address or page in the User-Agent of the mirror, by which the API's people find the operator. Empty: EREC_BASE_URL."`
	VzaemodiiaURL       string   `env:"EREC_VZAEMODIIA_URL" help:"Interface of the national platform «Взаємодія» that is told of the city's petitions, by the contract of docs/vzaemodiia.md; never in the demonstration. Empty: no exchange."`
	VzaemodiiaToken     string   `env:"EREC_VZAEMODIIA_TOKEN" secret:"" help:"Bearer token of the city at that interface."`
	EmbedAncestors      []string `env:"EREC_EMBED_ANCESTORS" help:"Sites that may show /procurement/embed and petitions in a frame, such as https://zt-rada.gov.ua. Empty: none."`
	PetitionNetworkDays int      `env:"EREC_PETITION_NETWORK_DAYS" default:"180" help:"Days after the end of a gathering for which keyed hashes of the signatories' addresses stay, for the fraud desk; from 30 to 3650."`
	MetricsAddr         string   `env:"EREC_METRICS_ADDR" help:"Private address for Prometheus metrics. Empty: none."`
	LogLevel            string   `env:"EREC_LOG_LEVEL" default:"info" help:"Least level that is logged: debug, info, warn or error."`
	Dev                 bool     `env:"EREC_DEV" help:"Development: shows the outbox at /dev/outbox. Set by --demo."`
}

// Secure reports whether people reach the portal by https.
func (c *Config) Secure() bool { return strings.HasPrefix(c.BaseURL, "https://") }

// Base checks the public address and brings it to its one form: a scheme and a host,
// since every page stands at the root. Without "https://" no cookie would be kept to
// https and every link of a letter would lead nowhere. An empty one becomes this machine.
func (c *Config) Base(port int) error {
	if c.BaseURL == "" {
		c.BaseURL = "http://localhost:" + strconv.Itoa(port)
		return nil
	}
	base, err := baseOf(c.BaseURL)
	if err == nil {
		c.BaseURL = base
	}
	return err
}

func baseOf(s string) (string, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(s), "/"))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return "", fmt.Errorf("EREC_BASE_URL: %q is not an address such as https://e.zt.gov.ua", s)
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

// Host is the host name of the portal, for Message-IDs.
func (c *Config) Host() string {
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Hostname() == "" {
		return "localhost"
	}
	return u.Hostname()
}

// Proxies parses the trusted networks.
func (c *Config) Proxies() ([]*net.IPNet, error) {
	var out []*net.IPNet
	for _, given := range c.TrustedProxies {
		s := strings.TrimSpace(given)
		if !strings.Contains(s, "/") {
			if strings.Contains(s, ":") {
				s += "/128"
			} else {
				s += "/32"
			}
		}
		_, n, err := net.ParseCIDR(s)
		if err != nil {
			return nil, fmt.Errorf("EREC_TRUSTED_PROXIES: %q is not an address or a network such as 10.0.0.0/8", given)
		}
		out = append(out, n)
	}
	return out, nil
}

// Since is the day back to which the mirror fills itself, as Kyiv's midnight in
// loc: the configured one, or 13 months before now, so that the rule of one year
// of the indicators has all that it looks at. An error names the setting.
func (c *Config) Since(now time.Time, loc *time.Location) (time.Time, error) {
	if c.ProzorroSince == "" {
		y, m, d := now.In(loc).AddDate(0, -13, 0).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, loc), nil
	}
	t, err := time.ParseInLocation(time.DateOnly, c.ProzorroSince, loc)
	if err != nil {
		return time.Time{}, fmt.Errorf("EREC_PROZORRO_SINCE: %q is not a day such as 2025-10-01", c.ProzorroSince)
	}
	if !now.IsZero() && t.After(now) {
		return time.Time{}, fmt.Errorf("EREC_PROZORRO_SINCE: %q is not a day that has come", c.ProzorroSince)
	}
	return t, nil
}

// Ancestors checks and gives the sites that may frame the embedded page: https
// (http for this machine alone), a host, no path.
func (c *Config) Ancestors() ([]string, error) {
	var out []string
	for _, s := range c.EmbedAncestors {
		u, err := url.Parse(strings.TrimSuffix(strings.TrimSpace(s), "/"))
		if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
			u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost") || strings.ContainsAny(u.Host, " ;,*'\"") {
			return nil, fmt.Errorf("EREC_EMBED_ANCESTORS: %q is not a site such as https://zt-rada.gov.ua", s)
		}
		out = append(out, u.Scheme+"://"+u.Host)
	}
	return out, nil
}

// FromFiles replaces each EREC_X_FILE of the environment by EREC_X with the
// content of the file, before the flags are read. Only secrets may come so. An
// unreadable file, or both forms at once, is an error.
func FromFiles() error {
	for name := range fields(true) {
		path := os.Getenv(name + "_FILE")
		if path == "" {
			continue
		}
		if os.Getenv(name) != "" {
			return fmt.Errorf("both %s and %s_FILE are set", name, name)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%s_FILE: %w", name, err)
		}
		if err := os.Setenv(name, strings.TrimRight(string(b), "\r\n")); err != nil {
			return err
		}
	}
	return nil
}

// CheckEnv refuses EREC_ variables that nobody reads.
func CheckEnv(environ []string) error {
	known := fields(false)
	secrets := fields(true)
	var bad []string
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, "EREC_") {
			continue
		}
		base := strings.TrimSuffix(name, "_FILE")
		if _, ok := known[name]; ok {
			continue
		}
		if _, ok := secrets[base]; ok && base != name {
			continue
		}
		bad = append(bad, name)
	}
	if len(bad) > 0 {
		slices.Sort(bad)
		return fmt.Errorf("unknown settings: %s (see ereception serve --help)", strings.Join(bad, ", "))
	}
	return nil
}

// fields maps the variables to the names of the struct's fields.
func fields(secretsOnly bool) map[string]string {
	out := map[string]string{}
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		f := t.Field(i)
		if _, secret := f.Tag.Lookup("secret"); secretsOnly && !secret {
			continue
		}
		out[f.Tag.Get("env")] = f.Name
	}
	return out
}

// Dump gives the settings for the log, secrets as dots.
func (c *Config) Dump() string {
	out := map[string]any{}
	v, t := reflect.ValueOf(*c), reflect.TypeFor[Config]()
	for i := range t.NumField() {
		f := t.Field(i)
		val := v.Field(i).Interface()
		if _, secret := f.Tag.Lookup("secret"); secret && !v.Field(i).IsZero() {
			val = "•••"
		}
		if !v.Field(i).IsZero() {
			out[f.Tag.Get("env")] = val
		}
	}
	b, _ := json.Marshal(out)
	return string(b)
}
