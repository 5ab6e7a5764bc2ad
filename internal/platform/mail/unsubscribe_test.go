package mail

import (
	"bytes"
	"net/mail"
	"net/textproto"
	"testing"
	"time"
)

func TestALetterOfASubscriptionSaysHowToEndIt(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, address, header, post string
	}{
		{"an ordinary letter", "", "", ""},
		{"over https: one press in the mail program", "https://e.example/procurement/unfollow/1.ab", "<https://e.example/procurement/unfollow/1.ab>", "List-Unsubscribe=One-Click"},
		{"without https RFC 8058 does not allow the press", "http://localhost:8080/procurement/unfollow/1.ab", "<http://localhost:8080/procurement/unfollow/1.ab>", ""},
		{"a line break adds no header", "https://e.example/\r\nBcc: evil@example.test", "<https://e.example/ Bcc: evil@example.test>", "List-Unsubscribe=One-Click"},
	} {
		m := message()
		m.Unsubscribe = c.address
		msg, err := build(m, &mail.Address{Address: "portal@example.test"}, time.Unix(0, 0))
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var b bytes.Buffer
		if _, err := msg.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		read, err := mail.ReadMessage(&b)
		if err != nil {
			t.Fatal(err)
		}
		h := textproto.MIMEHeader(read.Header)
		if got := decode(h.Get("List-Unsubscribe")); got != c.header {
			t.Errorf("%s: List-Unsubscribe %q, want %q", c.name, got, c.header)
		}
		if got := h.Get("List-Unsubscribe-Post"); got != c.post {
			t.Errorf("%s: List-Unsubscribe-Post %q, want %q", c.name, got, c.post)
		}
		if h.Get("Bcc") != "" {
			t.Errorf("%s: a header was added", c.name)
		}
	}
}
