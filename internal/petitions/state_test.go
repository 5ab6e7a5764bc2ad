package petitions

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestTheMachine keeps the whole table with its norms in a golden file, so that
// a change of the way of a petition shows in review.
func TestTheMachine(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, m := range Moves {
		var from []string
		for _, s := range m.From {
			from = append(from, string(s))
		}
		to := string(m.To)
		if to == "" {
			to = "="
		}
		fmt.Fprintf(&b, "%-10s %s -> %s  %s  %s\n", m.Name, strings.Join(from, ","), to, m.Action, m.Norm)
		if m.Norm == "" {
			t.Errorf("%s stands on no norm", m.Name)
		}
		for _, s := range States {
			p := Petition{State: s}
			err := p.apply(m)
			switch allowed := slices.Contains(m.From, s); {
			case allowed && (err != nil || m.To != "" && p.State != m.To || m.To == "" && p.State != s):
				t.Errorf("%s from %s: %v, %s", m.Name, s, err, p.State)
			case !allowed && (err == nil || p.State != s):
				t.Errorf("%s from %s was let through", m.Name, s)
			}
		}
	}
	const path = "testdata/machine.golden"
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the machine differs from %s (UPDATE=1 rewrites it):\n%s", path, b.String())
	}
}

// TestEveryStateIsReachedAndLeft: no state is a trap but the ends; one that had not enough may, when a wrong sweep is undone.
func TestEveryStateIsReachedAndLeft(t *testing.T) {
	t.Parallel()
	ends := []State{Withdrawn, Lapsed, Merged, Done, Refused}
	for _, s := range States {
		in, out := s == Supporting || s == Checking, false
		for _, m := range Moves {
			in = in || m.To == s
			out = out || m.Allows(s) && m.To != "" && m.To != s
		}
		if !in {
			t.Errorf("%s cannot be reached", s)
		}
		if out == slices.Contains(ends, s) {
			t.Errorf("%s: leads on %v", s, out)
		}
	}
}

// TestWhatIsPublicStaysPublic: Readable remembers it.
func TestWhatIsPublicStaysPublic(t *testing.T) {
	t.Parallel()
	public := func(s State) bool { return (&Petition{State: s}).Public() }
	for _, m := range Moves {
		if m.To != "" && slices.ContainsFunc(m.From, public) && !public(m.To) {
			t.Errorf("%s hides what was public", m.Name)
		}
	}
}
