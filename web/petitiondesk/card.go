package petitiondesk

import (
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	dom "ereception/internal/petitions"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// typed is what a form sent that could not be carried out: the card shows it
// again with what is wrong, or with what somebody was quicker to change.
type typed struct {
	act      string
	v        url.Values
	problems []ui.FieldError
	conflict string // said when somebody was quicker
	restored bool   // typed before the session was lost
	contacts *dom.Contacts
}

// version is the one that the form was typed against. After a conflict it is the
// present one: the reader sees what is there now.
func (f typed) version(now string) string {
	if v := f.v.Get("version"); v != "" && f.conflict == "" {
		return v
	}
	return now
}

// fields of the forms that hold something typed, in their order. The words of
// «petitiondesk.kept.<field>» name them when their form is no longer there.
var fields = map[string][]string{
	"return": {"ground", "note"}, "merge": {"into"}, "session": {"session"}, "remarks": {"remarks"},
	"answer": {"decision", "body", "session_on", "decision_url", "video_url"}, "steps": {"title", "due", "done", "note", "url"},
}

// card shows the petition, with what was typed before a session was lost.
func (h *Handlers) card(c echo.Context) error {
	v, ok := httpx.Typed(c)
	return h.showCard(c, http.StatusOK, typed{act: v.Get("act"), v: v, restored: ok && len(fields[v.Get("act")]) > 0})
}

// done ends a form: back to the card, or the card again with the mistakes, or
// with what somebody changed meanwhile.
func (h *Handlers) done(c echo.Context, act string, v url.Values, err error, said string) error {
	n, nerr := number(c)
	if nerr != nil {
		return nerr
	}
	if list, ok := problems(c, err); ok {
		if act == "steps" { // each step has a form of its own
			for i := range list {
				if list[i].Field != "" {
					list[i].Field += v.Get("id")
				}
			}
		}
		return h.showCard(c, http.StatusUnprocessableEntity, typed{act: act, v: v, problems: list})
	}
	if e, ok := errs.As(err); ok && e.Kind == errs.KindConflict {
		return h.showCard(c, http.StatusConflict, typed{act: act, v: v, conflict: i18n.T(httpx.Ctx(c), e.Key, e.Args...)})
	}
	if err != nil {
		return err
	}
	httpx.Flash(c, "petitiondesk.flash."+said)
	return httpx.See(c, deskPath(n))
}

// version is that of the form; one that cannot be read is that of nothing, so
// that a form without it overwrites nobody.
func version(v url.Values) int {
	if s := v.Get("version"); s != "" {
		return httpx.Version(s)
	}
	return -1
}

// seen is the version of a petition, which is never 0: 0 would ask nobody.
func seen(v url.Values) int {
	if n := version(v); n > 0 {
		return n
	}
	return -1
}

// dayOf reads a date field: the day as a UTC midnight, nil for nothing. What is
// no day is a mistake of the field.
func dayOf(e *errs.Error, v url.Values, field string) *time.Time {
	s := strings.TrimSpace(v.Get(field))
	if s == "" {
		return nil
	}
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		e.With(field, "petitiondesk.err.date")
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
	return h.done(c, "publish", v, h.svc.Publish(httpx.Ctx(c), httpx.Actor(c), n, seen(v)), "published")
}

func (h *Handlers) giveBack(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	return h.done(c, "return", v, h.svc.Return(httpx.Ctx(c), httpx.Actor(c), n, seen(v), v.Get("ground"), v.Get("note")), "returned")
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
	return h.done(c, "announce", v, h.svc.Announce(httpx.Ctx(c), httpx.Actor(c), n, seen(v)), "announced")
}

func (h *Handlers) session(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	var day time.Time
	e := errs.Fields()
	if d := dayOf(e, v, "session"); d != nil {
		day = *d
	}
	if err := e.OrNil(); err != nil {
		return h.done(c, "session", v, err, "")
	}
	return h.done(c, "session", v, h.svc.Session(httpx.Ctx(c), httpx.Actor(c), n, seen(v), day), "session")
}

func (h *Handlers) answer(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	e := errs.Fields()
	f := dom.AnswerForm{
		Decision: v.Get("decision"), Body: v.Get("body"), SessionOn: dayOf(e, v, "session_on"), Ahead: v.Get("session_ahead") != "",
		DecisionURL: v.Get("decision_url"), VideoURL: v.Get("video_url"),
	}
	if err := e.OrNil(); err != nil {
		return h.done(c, "answer", v, err, "")
	}
	save, said := h.svc.SaveAnswer, "saved"
	if v.Get("do") == "submit" {
		save, said = h.svc.SubmitAnswer, "submitted"
	}
	return h.done(c, "answer", v, save(httpx.Ctx(c), httpx.Actor(c), n, version(v), f), said)
}

func (h *Handlers) remarks(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	return h.done(c, "remarks", v, h.svc.ReturnAnswer(httpx.Ctx(c), httpx.Actor(c), n, seen(v), v.Get("remarks")), "sent_back")
}

func (h *Handlers) sign(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	password := v.Get("password")
	v.Del("password") // never shown again
	digest, err := hex.DecodeString(v.Get("digest"))
	if err != nil {
		return h.done(c, "sign", v, errs.Conflict("errors.conflict").Because(err), "")
	}
	return h.done(c, "sign", v, h.svc.SignAnswer(httpx.Ctx(c), httpx.Actor(c), n, digest, password), "signed")
}

func (h *Handlers) step(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	id, err := stepID(v)
	if err != nil {
		return err
	}
	e := errs.Fields()
	m := dom.Milestone{
		ID: id, Version: version(v), Title: v.Get("title"), DueOn: dayOf(e, v, "due"), DoneOn: dayOf(e, v, "done"), Note: v.Get("note"), URL: strings.TrimSpace(v.Get("url")),
	}
	if err := e.OrNil(); err != nil {
		return h.done(c, "steps", v, err, "")
	}
	return h.done(c, "steps", v, gone(id, h.svc.SaveMilestone(httpx.Ctx(c), httpx.Actor(c), n, m)), "step")
}

func (h *Handlers) dropStep(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	id, err := stepID(v)
	if err != nil {
		return err
	}
	return h.done(c, "drop", v, gone(id, h.svc.DropMilestone(httpx.Ctx(c), httpx.Actor(c), n, id, version(v))), "step_dropped")
}

// stepID is the step that the form is of; 0 for a new one.
func stepID(v url.Values) (int64, error) {
	s := v.Get("id")
	if s == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 1 {
		return 0, errs.NotFound()
	}
	return id, nil
}

// gone says of a step that is not there that somebody dropped it meanwhile; a
// petition that is not there for the official is not found all the same, when
// its card is to be shown.
func gone(id int64, err error) error {
	if id != 0 && errs.Is(err, errs.KindNotFound) {
		return errs.Conflict("petitiondesk.err.step_gone").Because(err)
	}
	return err
}

// contacts shows the contacts of the author. It answers the POST with the page
// itself: what was looked at once is not kept to be shown again.
func (h *Handlers) contacts(c echo.Context) error {
	n, err := number(c)
	if err != nil {
		return err
	}
	list, err := h.svc.AuthorContacts(httpx.Ctx(c), httpx.Actor(c), n)
	if err != nil {
		return err
	}
	return h.showCard(c, http.StatusOK, typed{contacts: &list})
}

func (h *Handlers) finish(c echo.Context) error {
	n, v, err := h.form(c)
	if err != nil {
		return err
	}
	return h.done(c, "finish", v, h.svc.Finish(httpx.Ctx(c), httpx.Actor(c), n, seen(v)), "finished")
}
