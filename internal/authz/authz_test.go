package authz

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestMatrix keeps the grants in a golden file, so that a change shows in review.
func TestMatrix(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, r := range Roles() {
		for _, a := range ActionsOf(r) {
			fmt.Fprintf(&b, "%-11s %s\n", r, a)
		}
	}
	const path = "testdata/matrix.golden"
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the matrix differs from %s; go test ./internal/authz -update rewrites it\n%s", path, b.String())
	}
}

func TestCan(t *testing.T) {
	t.Parallel()
	person := func(rs ...Role) Actor { return Actor{Kind: KindPerson, ID: 1, Roles: rs} }
	for _, c := range []struct {
		name string
		a    Actor
		act  Action
		want bool
	}{
		{"a guest reads public pages", Guest(), PublicRead, true},
		{"a guest does not file", Guest(), AppealFile, false},
		{"every signed-in person files", person(), AppealFile, true},
		{"a resident has no cabinet", person(), CabinetRead, false},
		{"an executor drafts", person(RoleExecutor), AnswerDraft, true},
		{"an executor does not sign", person(RoleExecutor), AnswerSign, false},
		{"a manager signs", person(RoleManager), AnswerSign, true},
		{"a manager does not draft", person(RoleManager), AnswerDraft, false},
		{"an administrator reads no appeals", person(RoleAdmin), CabinetRead, false},
		{"a worker does not sign", System("x"), AnswerSign, false},
		{"a guest with roles in his hand stays a guest", Actor{Roles: []Role{RoleAdmin}}, AdminRead, false},
	} {
		if got := c.a.Can(c.act); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestNobodyGivesWhatHeDoesNotHold(t *testing.T) {
	t.Parallel()
	admin := Actor{Kind: KindPerson, ID: 1, Roles: []Role{RoleAdmin}}
	manager := Actor{Kind: KindPerson, ID: 2, Roles: []Role{RoleManager}}
	if !MayGrant(admin, RoleManager) || MayGrant(manager, RoleAdmin) || MayGrant(manager, RoleManager) || MayGrant(admin, RoleSystem) {
		t.Error("the grants are wrong")
	}
}
