package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCheckEnv(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, env, want string
	}{
		{"a known variable", "EREC_ADDR=:1", ""},
		{"a secret as a file", "EREC_DATABASE_URL_FILE=/run/x", ""},
		{"somebody else's variable", "HOME=/root", ""},
		{"a misspelt variable", "EREC_ADRR=:1", "EREC_ADRR"},
		{"a file for what is no secret", "EREC_ADDR_FILE=/x", "EREC_ADDR_FILE"},
	} {
		err := CheckEnv([]string{c.env})
		if got := err != nil; got != (c.want != "") || got && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestFromFilesReadsASecretAndDumpHidesIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(path, []byte("hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("EREC_SMTP_PASSWORD", "")
	t.Setenv("EREC_SMTP_PASSWORD_FILE", path)
	if err := FromFiles(); err != nil {
		t.Fatal(err)
	}
	if got := os.Getenv("EREC_SMTP_PASSWORD"); got != "hunter2" {
		t.Errorf("read %q", got)
	}
	if err := FromFiles(); err == nil {
		t.Error("both forms at once were accepted")
	}
	c := Config{SMTPPassword: "hunter2", Addr: ":8080"}
	if d := c.Dump(); strings.Contains(d, "hunter2") || !strings.Contains(d, ":8080") {
		t.Errorf("dump %s", d)
	}
}

func TestProxies(t *testing.T) {
	t.Parallel()
	c := Config{TrustedProxies: []string{"10.0.0.0/8", "192.0.2.1", "2001:db8::1"}}
	if n, err := c.Proxies(); err != nil || len(n) != 3 {
		t.Errorf("%v, %v", n, err)
	}
	c.TrustedProxies = []string{"everybody"}
	if _, err := c.Proxies(); err == nil {
		t.Error("a network that is none was accepted")
	}
}

func TestTheAddressOfThePortal(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                          "http://localhost:8081",
		"https://e.zt.gov.ua":       "https://e.zt.gov.ua",
		" HTTPS://E.zt.gov.ua:444/": "https://e.zt.gov.ua:444", // and so it is secure
		"http://192.0.2.1:8080//":   "http://192.0.2.1:8080",
		"e.zt.gov.ua":               "", // the scheme is forgotten
		"e.zt.gov.ua:8080":          "",
		"ftp://e.zt.gov.ua":         "",
		"https://":                  "",
		"https://:8080":             "",
		"https://zt.gov.ua/e":       "",
		"https://a:b@zt.gov.ua":     "",
		"https://zt.gov.ua?x=1":     "",
		"https://zt gov.ua":         "",
	} {
		c := Config{BaseURL: in}
		err := c.Base(8081)
		if (err != nil) != (want == "") || err == nil && (c.BaseURL != want || c.Secure() != strings.HasPrefix(want, "https:")) {
			t.Errorf("%q: %q, secure %v, %v; want %q", in, c.BaseURL, c.Secure(), err, want)
		}
	}
}

func TestSinceAndAncestors(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 22, 30, 0, 0, time.UTC) // already the 26th in Kyiv
	kyiv, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, in, want string }{
		{"nothing set: 13 months", "", "2025-10-26"},
		{"a day", "2024-01-01", "2024-01-01"},
		{"no day", "last year", ""},
		{"a day to come", "2027-01-01", ""},
	} {
		got, err := (&Config{ProzorroSince: c.in}).Since(now, kyiv)
		if (err != nil) != (c.want == "") || err == nil && got.Format(time.DateOnly) != c.want {
			t.Errorf("%s: %v, %v", c.name, got, err)
		}
	}
	for _, c := range []struct {
		name, in string
		ok       bool
	}{
		{"a site", "https://zt-rada.gov.ua/", true},
		{"this machine", "http://localhost:3000", true},
		{"without encryption", "http://zt-rada.gov.ua", false},
		{"with a path", "https://zt-rada.gov.ua/x", false},
		{"everybody", "*", false},
		{"a directive smuggled in", "https://a.ua; script-src *", false},
	} {
		if _, err := (&Config{EmbedAncestors: []string{c.in}}).Ancestors(); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
