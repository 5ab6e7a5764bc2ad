package identity

import "testing"

func TestSecondNamesOfAMailbox(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"lesia@me.com": "lesia@icloud.com", "lesia+x@mac.com": "lesia@icloud.com", "le.sia@icloud.com": "le.sia@icloud.com",
		"lesia@pm.me": "lesia@proton.me", "lesia@protonmail.com": "lesia@proton.me", "lesia@hotmail.com": "lesia@hotmail.com",
	} {
		if got := mailbox(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
