package mail

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ereception/internal/platform/clock"
	"ereception/internal/platform/errs"
)

func outbox(t *testing.T) (*Outbox, *clock.Fixed, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data", "outbox")
	c := clock.At(now)
	o, err := NewOutbox(dir, from, c)
	if err != nil {
		t.Fatal(err)
	}
	return o, c, dir
}

func TestOutboxKeepsALetter(t *testing.T) {
	t.Parallel()
	o, _, dir := outbox(t)
	m := message()
	m.Attachments = []Attachment{{Name: "відповідь.pdf", MIME: "application/pdf", Data: []byte("%PDF\x00")}, {Name: "лист.txt", MIME: "text/plain", Data: []byte("не тіло")}}
	if err := o.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	list, err := o.List(10)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	if list[0].Text != "" || list[0].Subject != m.Subject || !list[0].Date.Equal(now) || !strings.HasPrefix(list[0].File, "20261125T140506Z-") {
		t.Errorf("listed as %+v", list[0])
	}
	s, err := o.Read(list[0].File)
	if err != nil {
		t.Fatal(err)
	}
	if s.Text != m.Text || s.HTML != m.HTML {
		t.Errorf("text %q, HTML %q", s.Text, s.HTML)
	}
	if !strings.Contains(s.To, "Юлія Ґалаґан") || !strings.Contains(s.From, "Е-приймальня Житомира") || !strings.Contains(s.From, "<noreply@zvernennia.example.test>") {
		t.Errorf("from %q to %q", s.From, s.To)
	}
	if want := []string{"https://zvernennia.example.test/appeals/2026-11-00042?a=1&b=2"}; !slices.Equal(s.Links, want) {
		t.Errorf("links %q, want %q", s.Links, want)
	}
	if want := []string{"відповідь.pdf", "лист.txt"}; !slices.Equal(s.Attachments, want) {
		t.Errorf("attachments %q, want %q", s.Attachments, want)
	}
	a, err := o.Attachment(list[0].File, 0)
	if err != nil || a.MIME != "application/pdf" || string(a.Data) != "%PDF\x00" {
		t.Errorf("%+v, %v", a, err)
	}
	for _, n := range []int{-1, 2} {
		if _, err := o.Attachment(list[0].File, n); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("attachment %d: %v", n, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v, %v", entries, err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, entries[0].Name()): 0o600} {
		if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, fi.Mode().Perm(), err)
		}
	}
}

func TestOutboxNeverDoubles(t *testing.T) {
	t.Parallel()
	o, c, _ := outbox(t)
	m := message()
	if err := o.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	c.Advance(26 * time.Hour)
	m.Text = "друга спроба\n"
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := o.Send(context.Background(), m); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	list, err := o.List(0)
	if err != nil || len(list) != 1 || !strings.HasPrefix(list[0].File, "20261125T140506Z-") {
		t.Fatalf("%+v, %v", list, err)
	}
	if s, err := o.Read(list[0].File); err != nil || s.Text != m.Text {
		t.Errorf("%q, %v", s.Text, err)
	}
}

func TestOutboxListsTheNewestFirst(t *testing.T) {
	t.Parallel()
	o, c, dir := outbox(t)
	for i := range 5 {
		m := message()
		m.ID, m.Subject = fmt.Sprintf("%d@example.test", i), fmt.Sprint(i)
		if err := o.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		c.Advance(time.Second)
	}
	for _, name := range []string{"notes.txt", ".new-123", "x.eml"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := o.List(3)
	var got []string
	for _, s := range list {
		got = append(got, s.Subject)
	}
	if err != nil || !slices.Equal(got, []string{"4", "3", "2"}) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestOutboxReadsItsOwnFilesAlone(t *testing.T) {
	t.Parallel()
	o, _, dir := outbox(t)
	if err := o.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	const name = "20261125T140506Z-0123456789abcdef0123456789abcdef.eml"
	secret := filepath.Join(filepath.Dir(dir), name)
	if err := os.WriteFile(secret, []byte("Subject: secret\r\n\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"", ".", "..", "../" + name, "/etc/passwd", secret, `..\` + name, "x/../../" + name, name, name + "\x00", "%2e%2e%2f" + name, name + "\n"} {
		if _, err := o.Read(file); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("Read(%q) = %v, want not found", file, err)
		}
		if _, err := o.Attachment(file, 0); !errs.Is(err, errs.KindNotFound) {
			t.Errorf("Attachment(%q) = %v, want not found", file, err)
		}
	}
	if err := os.Symlink(secret, filepath.Join(dir, name)); err != nil {
		t.Skip("no symbolic links here")
	}
	if _, err := o.Read(name); !errs.Is(err, errs.KindNotFound) {
		t.Errorf("a link out of the folder was followed: %v", err)
	}
}

func TestOutboxRefuses(t *testing.T) {
	t.Parallel()
	o, _, _ := outbox(t)
	m := message()
	m.To = "julia@example.test\r\nBcc: evil@example.test"
	if err := o.Send(t.Context(), m); !Permanent(err) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.Send(ctx, message()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if list, err := o.List(0); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := NewOutbox(t.TempDir(), "Житомир", clock.At(now)); err == nil {
		t.Error("a sender without an address was taken")
	}
}
