// Package petitionguard is the desk of forged signatures on the web: what came
// when and from where, the rules, and the way of every sweep: tried, run,
// undone.
//
// Each deed has an address of its own whose GET shows the page with its form, so
// that a form which was sent after the session had ended comes back filled
// (httpx.Typed). Nothing is chosen by scripts.
package petitionguard

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/petitions"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	page "ereception/templates/petitionguard"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// Petitions is what the pages need. *petitions.Service is one.
type Petitions interface {
	Guarding(ctx context.Context, who authz.Actor, number int64) (*petitions.Desk, error)
	Try(ctx context.Context, who authz.Actor, number int64, r petitions.Rule, p petitions.Params, note string) (int64, petitions.Finding, error)
	Trial(ctx context.Context, who authz.Actor, number, sweep int64) (*petitions.Petition, petitions.Sweep, petitions.Finding, error)
	RunSweep(ctx context.Context, who authz.Actor, number, sweep int64) (int, error)
	UndoSweep(ctx context.Context, who authz.Actor, number, sweep int64) (int, error)
	DropTrial(ctx context.Context, who authz.Actor, number, sweep int64) error
}

// Handlers serve the area.
type Handlers struct{ app Petitions }

// New builds the handlers.
func New(p Petitions) *Handlers { return &Handlers{p} }

// Area is the table of routes.
func (h *Handlers) Area() httpx.Area {
	const base = "/cabinet/petitions/:number/guard"
	need := httpx.Need(authz.PetitionGuard)
	return httpx.Area{Name: "petitionguard", Routes: []httpx.Route{
		{Method: httpx.GET, Path: base, Policy: need, Handler: h.desk},
		{Method: httpx.GET, Path: base + "/rules/:rule", Policy: need, Handler: h.rule},
		{Method: httpx.POST, Path: base + "/rules/:rule", Policy: need, Handler: h.try},
		{Method: httpx.GET, Path: base + "/sweeps/:sweep", Policy: need, Handler: h.sweep},
		{Method: httpx.POST, Path: base + "/sweeps/:sweep", Policy: need, Handler: h.decide},
	}}
}

func param(c echo.Context, name string) int64 {
	n, err := strconv.ParseInt(c.Param(name), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func deskURL(number int64) string {
	return "/cabinet/petitions/" + strconv.FormatInt(number, 10) + "/guard"
}

func sweepURL(number, id int64) string {
	return deskURL(number) + "/sweeps/" + strconv.FormatInt(id, 10)
}

func ruleURL(number int64, r petitions.Rule) string { return deskURL(number) + "/rules/" + string(r) }

// current is the entry of the menu that is open.
const current = "petitions"

func head(c echo.Context, title, lead, of string, back ui.Link) page.Head {
	return page.Head{Frame: httpx.Office(c, title, current), Back: back, Title: title, Lead: lead, Of: of}
}

func (h *Handlers) desk(c echo.Context) error {
	d, err := h.app.Guarding(httpx.Ctx(c), httpx.Actor(c), param(c, "number"))
	if err != nil {
		return err
	}
	return httpx.Render(c, http.StatusOK, page.Desk(deskPage(c, d)))
}

func (h *Handlers) rule(c echo.Context) error {
	r, ok := ruleOf(c)
	if !ok {
		return errs.NotFound()
	}
	v := ruleValues(petitions.Params{}.Usual(r))
	for name, one := range c.QueryParams() { // of a trial that is meant to be tried again
		v[name] = one
	}
	if typed, ok := httpx.Typed(c); ok {
		v = typed
	}
	return h.showRule(c, r, v, nil)
}

func ruleOf(c echo.Context) (petitions.Rule, bool) {
	for _, r := range petitions.Rules {
		if string(r) == c.Param("rule") {
			return r, true
		}
	}
	return "", false
}

// showRule renders the form; err is why it is shown again.
func (h *Handlers) showRule(c echo.Context, r petitions.Rule, v url.Values, err error) error {
	d, derr := h.app.Guarding(httpx.Ctx(c), httpx.Actor(c), param(c, "number"))
	if derr != nil {
		return derr
	}
	status := http.StatusOK
	p := rulePage(c, d, r, v)
	if err != nil {
		problems, by, ok := httpx.Problems(c, err)
		if !ok {
			return err
		}
		status = http.StatusUnprocessableEntity
		for _, x := range problems {
			p.Errors = append(p.Errors, ui.FieldError{Field: x.Field, Text: x.Message})
		}
		for i := range p.Fields {
			p.Fields[i].Error = by[p.Fields[i].Name]
		}
		p.Also.Error, p.Note.Error = by["also"], by["note"]
	}
	return httpx.Render(c, status, page.Rule(p))
}

func (h *Handlers) try(c echo.Context) error {
	r, ok := ruleOf(c)
	if !ok {
		return errs.NotFound()
	}
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	params, bad := paramsOf(r, v)
	if err := bad.OrNil(); err != nil {
		return h.showRule(c, r, v, err)
	}
	number := param(c, "number")
	id, f, err := h.app.Try(httpx.Ctx(c), httpx.Actor(c), number, r, params, v.Get("note"))
	if errs.Is(err, errs.KindInvalid) {
		return h.showRule(c, r, v, err)
	}
	if err != nil {
		return err
	}
	httpx.Flash(c, "petitionguard.flash.tried", "n", strconv.Itoa(f.Found))
	return httpx.See(c, sweepURL(number, id))
}

// moments are the forms in which a person or a browser writes a moment.
var moments = []string{"2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "02.01.2006 15:04", time.DateOnly, "02.01.2006"}

func momentOf(e *errs.Error, v url.Values, name string) *time.Time {
	s := strings.TrimSpace(v.Get(name))
	if s == "" {
		return nil
	}
	for _, form := range moments {
		if t, err := time.ParseInLocation(form, s, i18n.Kyiv); err == nil {
			return &t
		}
	}
	e.With(name, "petitionguard.err.moment")
	return nil
}

func numberOf(e *errs.Error, v url.Values, name string) int {
	s := strings.TrimSpace(v.Get(name))
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n <= 0 {
		e.With(name, "petitionguard.err.number")
		return 0
	}
	return n
}

// paramsOf reads the fields that the rule has.
func paramsOf(r petitions.Rule, v url.Values) (petitions.Params, *errs.Error) {
	e := errs.Fields()
	p := petitions.Params{From: momentOf(e, v, "from"), Until: momentOf(e, v, "until"), Also: petitions.Rule(v.Get("also"))}
	for _, name := range fieldsOf[r] {
		switch name {
		case "most":
			p.Most = numberOf(e, v, name)
		case "seconds":
			p.Seconds = numberOf(e, v, name)
		case "millis":
			p.Millis = numberOf(e, v, name)
		case "clues":
			p.Clues = numberOf(e, v, name)
		case "domains":
			p.Domains = domainsOf(v.Get(name))
		}
	}
	return p, e
}

func domainsOf(s string) []string {
	var out []string
	for _, d := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' || r == '\t' }) {
		out = append(out, strings.TrimPrefix(d, "@"))
	}
	return out
}

// fieldsOf names the parameters of the rules that have some.
var fieldsOf = map[petitions.Rule][]string{
	petitions.RuleSigns: {"clues", "millis"}, petitions.RuleAddress: {"most"}, petitions.RuleNetwork: {"most"},
	petitions.RulePace: {"most", "seconds"}, petitions.RuleSeries: {"most"}, petitions.RuleQuick: {"millis"}, petitions.RuleDomain: {"domains"},
}

// ruleValues writes parameters as the form has them.
func ruleValues(p petitions.Params) url.Values {
	v := url.Values{}
	set := func(name string, n int) {
		if n != 0 {
			v.Set(name, strconv.Itoa(n))
		}
	}
	set("most", p.Most)
	set("seconds", p.Seconds)
	set("millis", p.Millis)
	set("clues", p.Clues)
	if len(p.Domains) > 0 {
		v.Set("domains", strings.Join(p.Domains, ", "))
	}
	if p.From != nil {
		v.Set("from", p.From.In(i18n.Kyiv).Format(moments[0]))
	}
	if p.Until != nil {
		v.Set("until", p.Until.In(i18n.Kyiv).Format(moments[0]))
	}
	if p.Also != "" {
		v.Set("also", string(p.Also))
	}
	return v
}

func (h *Handlers) sweep(c echo.Context) error { return h.showSweep(c, nil) }

// showSweep renders what was found; err is why nothing was done with it.
func (h *Handlers) showSweep(c echo.Context, err error) error {
	p, w, f, serr := h.app.Trial(httpx.Ctx(c), httpx.Actor(c), param(c, "number"), param(c, "sweep"))
	if serr != nil {
		return serr
	}
	status := http.StatusOK
	view := sweepPage(c, p, w, f)
	if e, ok := errs.As(err); ok {
		status = e.Kind.Status()
		view.Refused = i18n.T(httpx.Ctx(c), e.Key, e.Args...)
	}
	return httpx.Render(c, status, page.OneSweep(view))
}

// decide runs a trial, undoes a sweep, or drops a trial.
func (h *Handlers) decide(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	ctx, who, number, id := httpx.Ctx(c), httpx.Actor(c), param(c, "number"), param(c, "sweep")
	n := 0
	do := v.Get("do")
	switch do {
	case "run":
		n, err = h.app.RunSweep(ctx, who, number, id)
	case "undo":
		n, err = h.app.UndoSweep(ctx, who, number, id)
	case "drop":
		err = h.app.DropTrial(ctx, who, number, id)
	default:
		return h.showSweep(c, nil)
	}
	if errs.Is(err, errs.KindConflict) {
		return h.showSweep(c, err)
	}
	if err != nil {
		return err
	}
	httpx.Flash(c, "petitionguard.flash."+do, "n", strconv.Itoa(n))
	if do == "drop" {
		return httpx.See(c, deskURL(number))
	}
	return httpx.See(c, sweepURL(number, id))
}
