package config

import (
	"math"
	"strings"
	"testing"
)

// usual is what the defaults give.
func usual() Config {
	return Config{
		Addr: ":8080", DataDir: "./var", SMTPPort: 587, SMTPTLS: "starttls", MailFrom: "Е-приймальня Житомира <noreply@localhost>",
		ProzorroURL: "https://public-api.prozorro.gov.ua/api/2.5", ProzorroRate: 5, PetitionNetworkDays: 180, LogLevel: "info",
	}
}

// TestASettingThatCannotBeIsNamed: with its variable, with what was given, and with what is allowed.
func TestASettingThatCannotBeIsNamed(t *testing.T) {
	t.Parallel()
	if err := usual().Validate(); err != nil {
		t.Fatalf("the defaults: %v", err)
	}
	for _, c := range []struct {
		name, given string
		set         func(c *Config)
	}{
		{"EREC_ADDR", `"9122"`, func(c *Config) { c.Addr = "9122" }},
		{"EREC_ADDR", `":99999"`, func(c *Config) { c.Addr = ":99999" }},
		{"EREC_BASE_URL", `"e.zt.gov.ua"`, func(c *Config) { c.BaseURL = "e.zt.gov.ua" }},
		{"EREC_DATA_DIR", `""`, func(c *Config) { c.DataDir = "" }},
		{"EREC_BLOB_URL", `"gs://x"`, func(c *Config) { c.BlobURL = "gs://x" }},
		{"EREC_BLOB_URL", `"bucket"`, func(c *Config) { c.BlobURL = "bucket" }},
		{"EREC_CLAMAV", `"/run/clamav"`, func(c *Config) { c.ClamAV = "/run/clamav" }},
		{"EREC_CLAMAV", `"tcp://clamd"`, func(c *Config) { c.ClamAV = "tcp://clamd" }},
		{"EREC_SMTP_HOST", `"mail.example.org:25"`, func(c *Config) { c.SMTPHost = "mail.example.org:25" }},
		{"EREC_SMTP_PORT", "0", func(c *Config) { c.SMTPPort = 0 }},
		{"EREC_SMTP_PORT", "-1", func(c *Config) { c.SMTPPort = -1 }},
		{"EREC_SMTP_PORT", "65536", func(c *Config) { c.SMTPPort = 65536 }},
		{"EREC_SMTP_TLS", `"ssl"`, func(c *Config) { c.SMTPTLS = "ssl" }},
		{"EREC_MAIL_FROM", `"portal"`, func(c *Config) { c.MailFrom = "portal" }},
		{"EREC_TRUSTED_PROXIES", `"everybody"`, func(c *Config) { c.TrustedProxies = []string{"everybody"} }},
		{"EREC_PROZORRO_URL", `"prozorro.gov.ua"`, func(c *Config) { c.ProzorroURL = "prozorro.gov.ua" }},
		{"EREC_PROZORRO_URL", `"ftp://prozorro.gov.ua"`, func(c *Config) { c.ProzorroURL = "ftp://prozorro.gov.ua" }},
		{"EREC_PROZORRO_SINCE", `"2025-13-01"`, func(c *Config) { c.ProzorroSince = "2025-13-01" }},
		{"EREC_PROZORRO_RATE", "0", func(c *Config) { c.ProzorroRate = 0 }},
		{"EREC_PROZORRO_RATE", "-5", func(c *Config) { c.ProzorroRate = -5 }},
		{"EREC_PROZORRO_RATE", "NaN", func(c *Config) { c.ProzorroRate = math.NaN() }},
		{"EREC_PROZORRO_RATE", "+Inf", func(c *Config) { c.ProzorroRate = math.Inf(1) }},
		{"EREC_VZAEMODIIA_URL", `"platform"`, func(c *Config) { c.VzaemodiiaURL = "platform" }},
		{"EREC_EMBED_ANCESTORS", `"*"`, func(c *Config) { c.EmbedAncestors = []string{"*"} }},
		{"EREC_PETITION_NETWORK_DAYS", "-180", func(c *Config) { c.PetitionNetworkDays = -180 }},
		{"EREC_PETITION_NETWORK_DAYS", "29", func(c *Config) { c.PetitionNetworkDays = 29 }},
		{"EREC_PETITION_NETWORK_DAYS", "3651", func(c *Config) { c.PetitionNetworkDays = 3651 }},
		{"EREC_METRICS_ADDR", `"9090"`, func(c *Config) { c.MetricsAddr = "9090" }},
		{"EREC_LOG_LEVEL", `"loud"`, func(c *Config) { c.LogLevel = "loud" }},
	} {
		bad := usual()
		c.set(&bad)
		err := bad.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), c.name+": "+c.given+" is not ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s=%s: %v", c.name, c.given, err)
		}
	}
	for name, set := range map[string]func(c *Config, v string){
		"EREC_DATABASE_URL":         func(c *Config, v string) { c.DatabaseURL = v },
		"EREC_DATABASE_OWNER_URL":   func(c *Config, v string) { c.OwnerURL = v },
		"EREC_DATABASE_REPLICA_URL": func(c *Config, v string) { c.ReplicaURL = v },
	} {
		for _, v := range []string{"hunter2", "mysql://u:hunter2@db/x", "postgres://u:hunter2@db:port/x"} {
			bad := usual()
			set(&bad, v)
			err := bad.Validate()
			if err == nil || !strings.Contains(err.Error(), name+": ") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: %v, a secret may not be repeated", name, err)
			}
		}
	}
	bad := usual()
	bad.SMTPPort, bad.LogLevel = 0, "loud"
	if err := bad.Validate(); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("two mistakes are told at once: %v", err)
	}
}

func TestWhatMayBeIsTaken(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]func(c *Config){
		"any port":                func(c *Config) { c.Addr = "127.0.0.1:0" },
		"IPv6":                    func(c *Config) { c.Addr, c.SMTPHost = "[::1]:8080", "::1" },
		"a socket of PostgreSQL":  func(c *Config) { c.DatabaseURL = "postgres:///erec?host=/run/postgresql" },
		"keywords and values":     func(c *Config) { c.DatabaseURL = "host=/run/postgresql dbname=erec" },
		"the other scheme":        func(c *Config) { c.DatabaseURL = "postgresql://u:p@db/erec" },
		"a folder for files":      func(c *Config) { c.BlobURL = "file:///srv/files" },
		"a bucket":                func(c *Config) { c.BlobURL = "s3://bucket?region=eu-central-1" },
		"clamd by a socket":       func(c *Config) { c.ClamAV = "unix:/run/clamav/clamd.ctl" },
		"clamd by TCP":            func(c *Config) { c.ClamAV = "tcp://clamd:3310" },
		"no mirror":               func(c *Config) { c.ProzorroURL = "" },
		"a slow mirror":           func(c *Config) { c.ProzorroRate = 0.5 },
		"a bare sender":           func(c *Config) { c.MailFrom = "portal@example.org" },
		"proxies after a blank":   func(c *Config) { c.TrustedProxies = []string{"127.0.0.1", " 10.0.0.0/8"} },
		"the least days":          func(c *Config) { c.PetitionNetworkDays = 30 },
		"metrics on this machine": func(c *Config) { c.MetricsAddr = "127.0.0.1:9090" },
	} {
		c := usual()
		set(&c)
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
