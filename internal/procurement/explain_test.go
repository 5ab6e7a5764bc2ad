package procurement_test

import (
	"context"
	"strings"
	"testing"

	"ereception/internal/authz"
	"ereception/internal/pgtest"
	"ereception/internal/platform/errs"
	"ereception/internal/procurement"
)

// office is a city with two buyers of two units and one purchase of the first.
type office struct {
	*pgtest.Env
	svc         *procurement.Service
	roads, park int64 // units
}

const (
	roadsTender = "0a0b0c0d0e0f40008000000000000001"
	testTender  = "0a0b0c0d0e0f40008000000000000002"
	roadsNumber = "UA-2026-01-10-000001-a"
)

func openOffice(t testing.TB) office {
	t.Helper()
	e := pgtest.New(t)
	o := office{Env: e, svc: procurement.New(e.DB, e.Clock, []byte("secret"), e.Log)}
	e.Owner(t, `INSERT INTO units (code, name_uk, created_at) VALUES ('x-roads', 'Управління доріг', now()), ('x-park', 'Управління парків', now())`)
	o.roads, o.park = int64(e.Count(t, "SELECT id FROM units WHERE code = 'x-roads'")), int64(e.Count(t, "SELECT id FROM units WHERE code = 'x-park'"))
	e.Owner(t, `INSERT INTO people (email, name, status, created_at) VALUES ('exec@zt.ua', 'Мельник Остап Юрійович', 'active', now()), ('park@zt.ua', 'Парковий Пилип Іванович', 'active', now())`)
	e.Owner(t, `INSERT INTO procurement_buyers (code, name, unit_id, created_at) VALUES ('11111111', 'Управління доріг', $1, now()), ('22222222', 'Управління парків', $2, now())`, o.roads, o.park)
	for id, mode := range map[string]string{roadsTender: "", testTender: "test"} {
		number := roadsNumber
		if mode != "" {
			number = "UA-2026-01-10-000002-a"
		}
		e.Owner(t, `INSERT INTO procurement_tenders (id, number, mode, status, method, competitive, title, buyer_key, buyer_code, buyer_name, modified_at)
			VALUES ($1, $2, $3, 'complete', 'aboveThreshold', true, 'Ремонт вулиці', 'UA-EDR-11111111', '11111111', 'Управління доріг', now())`, id, number, mode)
	}
	e.Owner(t, `INSERT INTO procurement_contracts (id, number, tender_id, status, title, buyer_key, buyer_code, buyer_name, modified_at)
		VALUES ('c1', 'UA-2026-01-10-000001-a-a1', $1, 'active', 'Ремонт', 'UA-EDR-11111111', '11111111', 'Управління доріг', now())`, roadsTender)
	e.Owner(t, `INSERT INTO procurement_results (tender_id, calculated_at, modified_at, method, digest, values) VALUES ($1, now(), now(), '1', '\x00',
		'[{"indicator":"DASU-3-3","profile":"methodology","value":1},{"indicator":"DASU-3-1","value":0},{"indicator":"sas24-3-1","value":null}]')`, roadsTender)
	e.Owner(t, "UPDATE procurement_tenders SET result_id = (SELECT max(id) FROM procurement_results) WHERE id = $1", roadsTender)
	return o
}

func official(id int64, role authz.Role, units ...int64) authz.Actor {
	a := authz.Actor{Kind: authz.KindPerson, ID: id, Name: "Мельник Остап Юрійович", PostTitle: "головний спеціаліст", Roles: []authz.Role{role}, UnitIDs: units}
	if len(units) > 0 {
		a.UnitID = units[0]
	}
	return a
}

const because = "Ціна відповідає кошторису: проєкт пройшов експертизу 12 січня."

func TestOnlyTheBuyersUnitExplains(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	ctx := context.Background()
	e := procurement.Explanation{TenderID: roadsTender, Body: because}
	for _, c := range []struct {
		name  string
		actor authz.Actor
		e     procurement.Explanation
		kind  errs.Kind
	}{
		{"a guest", authz.Guest(), e, errs.KindUnauthenticated},
		{"a resident", authz.Actor{Kind: authz.KindPerson, ID: 1}, e, errs.KindForbidden},
		{"a specialist of the unit", official(1, authz.RoleSpecialist, o.roads), e, errs.KindForbidden},
		{"an administrator", official(1, authz.RoleAdmin, o.roads), e, errs.KindForbidden},
		{"an executor of another unit", official(1, authz.RoleExecutor, o.park), e, errs.KindForbidden},
		{"an executor without a post", official(1, authz.RoleExecutor), e, errs.KindForbidden},
		{"a purchase that is not there", official(1, authz.RoleExecutor, o.roads), procurement.Explanation{TenderID: "ff", Body: because}, errs.KindNotFound},
		{"a purchase of the test mode", official(1, authz.RoleExecutor, o.roads), procurement.Explanation{TenderID: testTender, Body: because}, errs.KindNotFound},
	} {
		if _, err := o.svc.Explain(ctx, c.actor, c.e); !errs.Is(err, c.kind) {
			t.Errorf("%s: %v, want %v", c.name, err, c.kind)
		}
	}
	if n := o.Count(t, "SELECT count(*) FROM procurement_explanations"); n != 0 {
		t.Fatalf("%d explanations of those who may not", n)
	}
	for _, c := range []struct {
		name     string
		actor    authz.Actor
		purchase string
		may      bool
	}{
		{"an executor of the unit", official(1, authz.RoleExecutor, o.roads), roadsTender, true},
		{"a manager of a unit above it", official(1, authz.RoleManager, o.park, o.roads), roadsTender, true},
		{"an executor of another unit", official(1, authz.RoleExecutor, o.park), roadsTender, false},
		{"a specialist", official(1, authz.RoleSpecialist, o.roads), roadsTender, false},
		{"an unknown purchase", official(1, authz.RoleExecutor, o.roads), "none", false},
		{"a guest", authz.Guest(), roadsTender, false},
	} {
		if may, err := o.svc.MayExplain(ctx, c.actor, c.purchase); err != nil || may != c.may {
			t.Errorf("%s: may %v, %v", c.name, may, err)
		}
	}
}

func TestWhatAnExplanationMaySay(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	ctx, who := context.Background(), official(1, authz.RoleExecutor, o.roads)
	for _, c := range []struct {
		name  string
		e     procurement.Explanation
		field string // empty: published
	}{
		{"too short", procurement.Explanation{Body: "Так треба."}, "body"},
		{"nothing but spaces", procurement.Explanation{Body: strings.Repeat(" \n", 50)}, "body"},
		{"too long", procurement.Explanation{Body: strings.Repeat("щ", 4001)}, "body"},
		{"of the greatest length", procurement.Explanation{Body: strings.Repeat("щ", 4000)}, ""},
		{"the whole a second time", procurement.Explanation{Body: because}, "about"},
		{"about a sign", procurement.Explanation{Body: because, Indicator: "DASU-3-3"}, ""},
		{"about a value that is no sign", procurement.Explanation{Body: because, Indicator: "DASU-3-1"}, "about"},
		{"about a contract of it", procurement.Explanation{Body: because, ContractID: "c1"}, ""},
		{"about a contract of another purchase", procurement.Explanation{Body: because, ContractID: "c2"}, "contract"},
	} {
		c.e.TenderID = roadsTender
		_, err := o.svc.Explain(ctx, who, c.e)
		got := ""
		if e, ok := errs.As(err); ok && len(e.Fields) > 0 {
			got = e.Fields[0].Name
		} else if err != nil {
			got = err.Error()
		}
		if got != c.field {
			t.Errorf("%s: mistake of %q, want %q", c.name, got, c.field)
		}
	}
	list, err := o.svc.Explanations(ctx, roadsTender)
	if err != nil || len(list) != 3 || list[0].Indicator != "" {
		t.Fatalf("%d published, %v", len(list), err)
	}
	sub, err := o.svc.ToExplain(ctx, who, roadsNumber)
	if err != nil || strings.Join(sub.Signs, " ") != "DASU-3-3" || len(sub.Contracts) != 1 || len(sub.Published) != 3 {
		t.Errorf("the form would offer %+v, %v", sub, err)
	}
}

func TestEditAndWithdraw(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	ctx, who := context.Background(), official(1, authz.RoleExecutor, o.roads)
	stranger := official(2, authz.RoleManager, o.park)
	id, err := o.svc.Explain(ctx, who, procurement.Explanation{TenderID: roadsTender, Body: "  " + because + "\r\n\x07"})
	if err != nil {
		t.Fatal(err)
	}
	e, err := o.svc.Explanation(ctx, who, id)
	if err != nil || e.Body != because || e.AuthorPost != "головний спеціаліст" || e.UnitID == nil || *e.UnitID != o.roads {
		t.Fatalf("published %+v, %v", e, err)
	}
	want := func(what string, err error, kind errs.Kind) {
		t.Helper()
		if !errs.Is(err, kind) {
			t.Errorf("%s: %v", what, err)
		}
	}
	want("a stranger edits", o.svc.EditExplanation(ctx, stranger, id, 1, because+" Ні."), errs.KindForbidden)
	want("a stranger withdraws", o.svc.WithdrawExplanation(ctx, stranger, id, 1), errs.KindForbidden)
	want("a short text", o.svc.EditExplanation(ctx, who, id, 1, "ні"), errs.KindInvalid)
	if err := o.svc.EditExplanation(ctx, who, id, 1, because+" Додано."); err != nil {
		t.Fatal(err)
	}
	want("a stale edit", o.svc.EditExplanation(ctx, who, id, 1, because+" Інше."), errs.KindConflict)
	want("a stale withdrawal", o.svc.WithdrawExplanation(ctx, who, id, 1), errs.KindConflict)
	if err := o.svc.WithdrawExplanation(ctx, who, id, 2); err != nil {
		t.Fatal(err)
	}
	want("a second withdrawal", o.svc.WithdrawExplanation(ctx, who, id, 3), errs.KindNotFound)
	if list, err := o.svc.Explanations(ctx, roadsTender); err != nil || len(list) != 0 {
		t.Errorf("%d are still shown, %v", len(list), err)
	}
	if _, err := o.svc.Explain(ctx, who, procurement.Explanation{TenderID: roadsTender, Body: because}); err != nil {
		t.Errorf("after a withdrawal the thing can be explained anew: %v", err)
	}
	if n := o.Count(t, "SELECT count(*) FROM audit.trail WHERE table_name = 'procurement_explanations' AND actor = 'person:1' AND action = 'purchase.explain'"); n != 4 {
		t.Errorf("%d rows of the trail, want 4: two publications, an edit, a withdrawal", n)
	}
}

// A buyer that was given to another unit is explained by that unit from then on.
func TestTheBuyerMovesToAnotherUnit(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	ctx, who, next := context.Background(), official(1, authz.RoleExecutor, o.roads), official(2, authz.RoleExecutor, o.park)
	id, err := o.svc.Explain(ctx, who, procurement.Explanation{TenderID: roadsTender, Body: because})
	if err != nil {
		t.Fatal(err)
	}
	o.Owner(t, "UPDATE procurement_buyers SET unit_id = $1 WHERE code = '11111111'", o.park)
	if err := o.svc.EditExplanation(ctx, who, id, 1, because+" Додано."); !errs.Is(err, errs.KindForbidden) {
		t.Errorf("the former unit edits: %v", err)
	}
	if err := o.svc.EditExplanation(ctx, next, id, 1, because+" Додано."); err != nil {
		t.Errorf("the present unit: %v", err)
	}
}
