package petitiondesk

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	dom "ereception/internal/petitions"
	"ereception/internal/platform/errs"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// typed is what a form sent that could not be carried out: the card shows it
// again with what is wrong.
type typed struct {
	act      string
	v        url.Values
	problems []ui.FieldError
	stale    bool
}

// version is the one that the form was typed against, or now when it said none.
func (f typed) version(now string) string {
	if v := f.v.Get("version"); v != "" {
		return v
	}
	return now
}

func (h *Handlers) card(c echo.Context) error { return h.showCard(c, http.StatusOK, typed{}) }

// done ends a form: back to the card, or the card again with the mistakes.
func (h *Handlers) done(c echo.Context, act string, v url.Values, err error, said string) error {
	n, nerr := number(c)
	if nerr != nil {
		return nerr
	}
	if list, ok := problems(c, err); ok {
		return h.showCard(c, http.StatusUnprocessableEntity, typed{act: act, v: v, problems: list})
	}
	if e, ok := errs.As(err); ok && e.Kind == errs.KindConflict && act == "answer" {
		return h.showCard(c, http.StatusConflict, typed{act: act, v: v, stale: true})
	}
	if err != nil {
		return err
	}
	httpx.Flash(c, "petitiondesk.flash."+said)
	return httpx.See(c, deskPath(n))
}

func intOf(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// dayOf reads a date field: the day as a UTC midnight, nil for nothing or for
// what is no day.
func dayOf(s string) *time.Time {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return nil
	}
	return &t
}

func (h *Handlers) form(c echo.Context) (int64, url.Values, error) {
	n, err := number(c)
	if err != nil {
		return 0, nil, err
	}
	v, err := httpx.ParseForm(c)
	return n, v, err
}

func (h *Handlers) take(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	return h.done(c, "take", v, h.svc.Take(httpx.Ctx(c), httpx.Actor(c), n, v.Get("over") == "1"), "taken")
}

func (h *Handlers) release(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	return h.done(c, "take", v, h.svc.LetGo(httpx.Ctx(c), httpx.Actor(c), n), "released")
}

func (h *Handlers) publish(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	return h.done(c, "publish", v, h.svc.Publish(httpx.Ctx(c), httpx.Actor(c), n, intOf(v.Get("version"))), "published")
}

func (h *Handlers) giveBack(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	return h.done(c, "return", v, h.svc.Return(httpx.Ctx(c), httpx.Actor(c), n, intOf(v.Get("version")), v.Get("ground"), v.Get("note")), "returned")
}

func (h *Handlers) mergeOne(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	into, _ := strconv.ParseInt(v.Get("into"), 10, 64)
	return h.done(c, "merge", v, h.svc.Merge(httpx.Ctx(c), httpx.Actor(c), []int64{n}, into), "merged")
}

func (h *Handlers) announce(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	return h.done(c, "announce", v, h.svc.Announce(httpx.Ctx(c), httpx.Actor(c), n, intOf(v.Get("version"))), "announced")
}

func (h *Handlers) session(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	var day time.Time
	if d := dayOf(v.Get("session")); d != nil {
		day = *d
	}
	return h.done(c, "session", v, h.svc.Session(httpx.Ctx(c), httpx.Actor(c), n, intOf(v.Get("version")), day), "session")
}

func (h *Handlers) answer(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	f := dom.AnswerForm{
		Decision: v.Get("decision"), Body: v.Get("body"), SessionOn: dayOf(v.Get("session_on")), DecisionURL: v.Get("decision_url"), VideoURL: v.Get("video_url"),
	}
	save, said := h.svc.SaveAnswer, "saved"
	if v.Get("do") == "submit" {
		save, said = h.svc.SubmitAnswer, "submitted"
	}
	return h.done(c, "answer", v, save(httpx.Ctx(c), httpx.Actor(c), n, intOf(v.Get("version")), f), said)
}

func (h *Handlers) remarks(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	return h.done(c, "remarks", v, h.svc.ReturnAnswer(httpx.Ctx(c), httpx.Actor(c), n, intOf(v.Get("version")), v.Get("remarks")), "sent_back")
}

func (h *Handlers) sign(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	digest, err := hex.DecodeString(v.Get("digest"))
	if err != nil {
		return errs.Conflict("errors.conflict").Because(err)
	}
	password := v.Get("password")
	v.Del("password") // never shown again
	return h.done(c, "sign", v, h.svc.SignAnswer(httpx.Ctx(c), httpx.Actor(c), n, digest, password), "signed")
}

func (h *Handlers) step(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	id, _ := strconv.ParseInt(v.Get("id"), 10, 64)
	m := dom.Milestone{
		ID: id, Version: intOf(v.Get("version")), Title: v.Get("title"), DueOn: dayOf(v.Get("due")), DoneOn: dayOf(v.Get("done")), Note: v.Get("note"), URL: v.Get("url"),
	}
	return h.done(c, "steps", v, h.svc.SaveMilestone(httpx.Ctx(c), httpx.Actor(c), n, m), "step")
}

func (h *Handlers) dropStep(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	id, _ := strconv.ParseInt(v.Get("id"), 10, 64)
	return h.done(c, "steps", v, h.svc.DropMilestone(httpx.Ctx(c), httpx.Actor(c), n, id, intOf(v.Get("version"))), "step_dropped")
}

func (h *Handlers) finish(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	return h.done(c, "finish", v, h.svc.Finish(httpx.Ctx(c), httpx.Actor(c), n, intOf(v.Get("version"))), "finished")
}
