package app

import (
	"strings"
	"testing"

	"ereception/internal/platform/clock"
	"ereception/internal/platform/config"
)

// TestTheExchangeIsAskedFor: without its address there is none, and half a
// configuration is an error that tells no secret.
func TestTheExchangeIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, url, token string
		on, fails        bool
	}{
		{"nothing", "", "", false, false},
		{"both", "https://vzaemodiia.example/v1", "secret-token", true, false},
		{"no token", "https://vzaemodiia.example/v1", "", false, true},
		{"no address", "", "secret-token", false, true},
		{"in the clear", "http://vzaemodiia.example/v1", "secret-token", false, true},
	} {
		p, err := nationalPlatform(&config.Config{BaseURL: "https://e.example", VzaemodiiaURL: c.url, VzaemodiiaToken: c.token}, clock.System{})
		if (p != nil) != c.on || (err != nil) != c.fails || err != nil && (strings.Contains(err.Error(), "secret-token") || !strings.Contains(err.Error(), "EREC_VZAEMODIIA_URL")) {
			t.Errorf("%s: %v %v", c.name, p, err)
		}
	}
	dump := (&config.Config{VzaemodiiaToken: "secret-token"}).Dump()
	if strings.Contains(dump, "secret-token") || !strings.Contains(dump, "EREC_VZAEMODIIA_TOKEN") {
		t.Errorf("the log of the start: %s", dump)
	}
}
