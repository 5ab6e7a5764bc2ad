package cabinet

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/platform/i18n"
	"ereception/web/httpx"

	dom "ereception/internal/appeals"
	page "ereception/templates/cabinet"
)

// home opens the tray where the actor's work waits.
func (h *Handlers) home(c echo.Context) error {
	who := httpx.Actor(c)
	if who.Has(authz.RoleManager) && !who.Has(authz.RoleSpecialist) {
		return httpx.See(c, "/cabinet/desk")
	}
	return httpx.See(c, trayURL(dom.Sets(who)[0]))
}

func (h *Handlers) search(c echo.Context) error {
	return httpx.See(c, filterForm{Set: string(dom.SetAll), Query: c.QueryParam("q")}.href())
}

// queue shows one tray. It is the page that officials keep open: one query for
// the rows, counters, choices and saved sets from short-lived copies.
func (h *Handlers) queue(c echo.Context) error {
	who := httpx.Actor(c)
	f := readFilter(c.QueryParams()).known()
	f.Set = string(setOf(who, f))
	return h.tray(c, f, keeping{}, http.StatusOK)
}

// keeping is a try to keep a filter under a name.
type keeping struct {
	name  string
	error string
}

func (h *Handlers) tray(c echo.Context, f filterForm, k keeping, status int) error {
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	rows, more, err := h.appeals.Queue(ctx, who, f.filter())
	if err != nil {
		return err
	}
	counts, err := h.appeals.Counts(ctx, who)
	if err != nil {
		return err
	}
	ch, err := h.choices.get(ctx, h.clock.Now(), h.appeals)
	if err != nil {
		return err
	}
	saved, err := h.appeals.Saved(ctx, who)
	if err != nil {
		return err
	}
	v := queueView{who: who, now: h.clock.Now(), form: f, rows: rows, more: more, counts: counts, choices: ch, saved: saved, keeping: k}
	p := v.page(ctx)
	p.Frame = httpx.Office(c, p.Title, f.Set)
	return httpx.Render(c, status, page.Queue(p))
}

// setOf gives the tray that was asked for, if the actor has it; a search without
// one looks everywhere.
func setOf(who authz.Actor, f filterForm) dom.Set {
	sets := dom.Sets(who)
	if s := dom.Set(f.Set); slices.Contains(sets, s) {
		return s
	}
	if f.Query != "" {
		return dom.SetAll
	}
	return sets[0]
}

// choices are the units, topics and districts of the filters in one language.
type choices struct {
	at                       time.Time
	units, topics, districts []dom.Choice
	selects                  []page.Select
}

// choiceCache keeps the choices for a while: they change a few times a year and
// every queue shows them.
type choiceCache struct {
	mu sync.Mutex
	m  map[string]choices
}

const choicesFor = 30 * time.Second

func (cc *choiceCache) get(ctx context.Context, now time.Time, s *dom.Service) (choices, error) {
	loc := i18n.Locale(ctx)
	cc.mu.Lock()
	c, ok := cc.m[loc]
	cc.mu.Unlock()
	if age := now.Sub(c.at); ok && age >= 0 && age < choicesFor {
		return c, nil
	}
	var err error
	c = choices{at: now}
	if c.units, err = s.Units(ctx); err != nil {
		return c, err
	}
	if c.topics, err = s.Topics(ctx); err != nil {
		return c, err
	}
	if c.districts, err = s.Districts(ctx); err != nil {
		return c, err
	}
	if err := c.draw(ctx); err != nil {
		return c, err
	}
	cc.mu.Lock()
	cc.m[loc] = c
	cc.mu.Unlock()
	return c, nil
}

// backTo reads from which tray a case was opened, its filters and page included.
func backTo(c echo.Context, who authz.Actor) filterForm {
	return filterOf(who, "set="+url.QueryEscape(c.QueryParam("set"))+"&"+c.QueryParam("in"))
}

// caseURL is the address of a case, or of a form of it, that remembers the tray.
// Filters go as one parameter: they bear names that the forms of a case have too.
func caseURL(number, form string, back filterForm) string {
	u := "/cabinet/appeals/" + url.PathEscape(number)
	if form != "" {
		u += "/" + form
	}
	return u + back.suffix()
}

// inTray is a tray without filters.
func inTray(s dom.Set) filterForm { return filterForm{Set: string(s)} }

// neighbour leads to the case after this one in the tray that it was opened from, or to
// the one before it; past the ends, back to the tray. What has left the tray
// meanwhile, as assigned or answered, has its neighbours still.
func (h *Handlers) neighbour(before bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		who := httpx.Actor(c)
		back := backTo(c, who)
		n, err := h.appeals.Neighbour(httpx.Ctx(c), who, c.Param("number"), back.filter(), before)
		switch {
		case err != nil:
			return err
		case n != "":
			return httpx.See(c, caseURL(n, "", back))
		case before:
			httpx.Flash(c, "cabinet.queue.at_start")
		default:
			httpx.Flash(c, "cabinet.queue.at_end")
		}
		return httpx.See(c, back.href())
	}
}
