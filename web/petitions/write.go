package petitions

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"ereception/internal/city"
	dom "ereception/internal/petitions"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/ratelimit"
	page "ereception/templates/petitions"
	"ereception/templates/ui"
	"ereception/web/httpx"
	"ereception/web/pin"
)

// Places finds and names the place of a petition.
type Places interface {
	pin.Geocoder
	// Locate names what a point lies in.
	Locate(ctx context.Context, lat, lon float64) (city.Place, error)
}

// What a button of the form does.
const (
	doSend    = "send"
	doSave    = "save"
	doDrop    = "drop"
	doSimilar = "similar"
)

// typed is the form as it came.
type typed struct {
	dom.Draft
	do      string
	version int
	seen    string // the title whose likenesses were shown, as titleMark writes it
	at      pin.Form
}

// lines brings ends of lines to one character: browsers send two, and the counter
// beside the field counts one.
func lines(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func parseTyped(v url.Values, d dom.Draft) typed {
	d.Title, d.Essence, d.Reasons, d.Proposal = oneLine(v.Get("title")), lines(v.Get("essence")), lines(v.Get("reasons")), lines(v.Get("proposal"))
	d.Name, d.Address = oneLine(v.Get("name")), oneLine(v.Get("address"))
	d.TopicID, _ = strconv.ParseInt(v.Get("topic"), 10, 64)
	f := typed{Draft: d, do: v.Get("do"), seen: v.Get("seen"), at: pin.Read(v)}
	f.place()
	if v.Get("find") != "" {
		f.do = pin.Find
	}
	// What is no version of ours is that of another text: 0 would save over it.
	if f.version = httpx.Version(v.Get("version")); f.version == 0 && v.Has("version") {
		f.version = -1
	}
	return f
}

// place puts the typed place into the draft.
func (f *typed) place() {
	if f.at.Sent {
		f.Place, f.Lat, f.Lon = f.at.Address, f.at.Lat, f.at.Lon
	}
}

// judge is JudgeAll of what was typed: a point whose coordinates are none is a mistake
// too, and not left out in silence.
func (f typed) judge() error {
	err := f.JudgeAll()
	if !f.at.Unread() {
		return err
	}
	e, ok := errs.As(err)
	if !ok {
		e = errs.Fields()
	}
	return e.With("lat", "petitions.err.point").OrNil()
}

// pin sets the point of the typed address; ok is false when the button asked for it
// and nothing was found.
func (h *Handlers) pin(ctx context.Context, f *typed) (ok bool, err error) {
	ok, err = f.at.Seek(ctx, h.o.Places, f.do)
	f.place()
	return ok, err
}

// titleMark stands for a title: what is like it was shown for this one and no other.
func titleMark(title string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(title)))
	return hex.EncodeToString(sum[:8])
}

// formAt is where a form is sent, and how it is shown again.
type formAt struct {
	action   string
	version  int
	draft    bool
	similar  bool // what is like it was asked for, or must be seen before it is sent
	problems []ui.FieldError
	notes    []string   // why it was not taken, where no field is at fault
	other    *dom.Draft // what another window saved meanwhile
	parked   bool       // typed before the session was lost
}

func (h *Handlers) draft(c echo.Context) error {
	id, err := draftID(c)
	if err != nil {
		return err
	}
	d, err := h.svc.GetDraft(httpx.Ctx(c), httpx.Actor(c), id)
	if err != nil {
		return err
	}
	at := formAt{action: draftPath(id), version: d.Version, draft: true}
	f := typed{Draft: d.Draft}
	if v, ok := httpx.Typed(c); ok { // the session was lost in the middle of the form
		f, at.parked = parseTyped(v, d.Draft), true
	}
	return h.showForm(c, http.StatusOK, f, at)
}

func (h *Handlers) showForm(c echo.Context, status int, f typed, at formAt) error {
	ctx := httpx.Ctx(c)
	dir, err := h.signing.districts.Directory(ctx)
	if err != nil {
		return err
	}
	title := i18n.T(ctx, "petitionform.new")
	if !at.draft {
		title = i18n.T(ctx, "petitionform.correct")
	}
	frame := httpx.Page(c, title)
	frame.NoIndex, frame.Crumbs, frame.Bundles = true, crumbs(ctx, title), []string{"petition"}
	topics := topicOptions(dir, i18n.Locale(ctx))
	d := f.Draft
	place := f.at.Picker(d.Place, d.Lat, d.Lon)
	place.Label, place.Hint, place.Error, place.PointError = i18n.T(ctx, "petitionform.place"), i18n.T(ctx, "petitionform.place_hint"), ui.ErrorOf(at.problems, "place"), ui.ErrorOf(at.problems, "lat")
	p := page.FormPage{
		Page: frame, Title: title, Action: at.action, Autosave: "", Version: strconv.Itoa(at.version), Draft: at.draft, Problems: at.problems, Notes: at.notes, Other: nil, Parked: at.parked,
		Similar: nil, Asked: at.similar, Seen: "", Fields: page.FormFields{
			Title: d.Title, Essence: d.Essence, Reasons: d.Reasons, Proposal: d.Proposal, Name: d.Name, Address: d.Address, Topic: idText(d.TopicID), Topics: topics,
			Found: pin.Mark(d.Place, d.Lat, d.Lon), Marked: d.Lat != nil && d.Lon != nil,
			Place: place,
		},
		TitleMax: dom.TitleMax, EssenceMin: dom.EssenceMin, EssenceMax: dom.EssenceMax, PartMax: dom.PartMax, ProposalMin: dom.ProposalMin,
	}
	if at.draft {
		p.Autosave = at.action + "/autosave"
	}
	if p.Fields.Marked {
		if p.Fields.Place.PointError == "" {
			on, err := h.o.Places.Locate(ctx, *d.Lat, *d.Lon)
			if err != nil {
				return err
			}
			p.Fields.Place.Status, p.Fields.Place.StatusBad = pin.Status(ctx, d.Place, on)
		}
	}
	if at.other != nil {
		p.Other = differences(ctx, d, *at.other, topics)
	}
	if at.similar {
		if p.Similar, err = h.likenesses(ctx, d.Title); err != nil {
			return err
		}
		p.Seen = titleMark(d.Title)
	}
	return httpx.Render(c, status, page.Form(p))
}

func (h *Handlers) likenesses(ctx context.Context, title string) ([]page.LikeRow, error) {
	list, err := h.svc.Similar(ctx, title, similarMost, 0)
	var out []page.LikeRow
	for _, l := range list {
		out = append(out, page.LikeRow{Title: l.Title, Href: path(l.Number), State: stateOfItem(ctx, l.State, l.Legacy), Count: likeCount(ctx, l), Sign: signPath(l)})
	}
	return out, err
}

// differences lists the fields in which two texts differ, with what the other says.
func differences(ctx context.Context, mine, other dom.Draft, topics []ui.Option) []page.OtherField {
	out := []page.OtherField{}
	add := func(key, a, b string) {
		if a != b {
			out = append(out, page.OtherField{Label: i18n.T(ctx, key), Text: b})
		}
	}
	topic := func(id int64) string {
		for _, o := range topics {
			if o.Value == idText(id) {
				return o.Label
			}
		}
		return ""
	}
	add("petitionform.title", mine.Title, other.Title)
	add("petitions.show.essence", mine.Essence, other.Essence)
	add("petitions.show.reasons", mine.Reasons, other.Reasons)
	add("petitions.show.proposal", mine.Proposal, other.Proposal)
	add("petitions.list.topic", topic(mine.TopicID), topic(other.TopicID))
	add("petitionform.place", mine.Place, other.Place)
	add("petitionform.name", mine.Name, other.Name)
	add("petitionform.address", mine.Address, other.Address)
	return out
}

func same(a, b dom.Draft) bool {
	if !pin.Same(a.Lat, a.Lon, b.Lat, b.Lon) {
		return false
	}
	a.Lat, a.Lon, b.Lat, b.Lon = nil, nil, nil, nil
	return a == b
}

// keep saves the draft. stale is what another window saved meanwhile, when that
// is another text.
func (h *Handlers) keep(c echo.Context, f typed) (version int, stale *dom.SavedDraft, err error) {
	id, err := draftID(c)
	if err != nil {
		return 0, nil, err
	}
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	version, err = h.svc.SaveDraft(ctx, who, id, f.version, f.Draft)
	if !errs.Is(err, errs.KindConflict) {
		return version, nil, err
	}
	saved, err := h.svc.GetDraft(ctx, who, id)
	if err != nil {
		return 0, nil, err
	}
	if same(saved.Draft, f.Draft) { // the script of this very window was quicker than its button
		return saved.Version, nil, nil
	}
	return 0, &saved, nil
}

// autosave keeps what is being typed; the script sends it. The new version goes
// back in a header, for the next save of the same window.
func (h *Handlers) autosave(c echo.Context) error {
	id, err := draftID(c)
	if err != nil {
		return err
	}
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	saved, err := h.svc.GetDraft(httpx.Ctx(c), httpx.Actor(c), id)
	if err != nil {
		return err
	}
	f := parseTyped(v, saved.Draft)
	if f.at.Moved() { // the pin stands for another address; the form finds the new one
		f.Lat, f.Lon = nil, nil
	}
	version, stale, err := h.keep(c, f)
	if err == nil && stale != nil {
		err = errs.Conflict("errors.conflict")
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set("X-Version", strconv.Itoa(version))
	return httpx.JSON(c, map[string]any{"version": version, "at": h.clock.Now()})
}

// saveDraft keeps what was typed and does what the button says. Nothing is
// judged before it is saved; nothing is sent before its author has seen what is
// like it.
func (h *Handlers) saveDraft(c echo.Context) error {
	id, err := draftID(c)
	if err != nil {
		return err
	}
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	if v.Get("do") == doDrop {
		if err := h.svc.DropDraft(ctx, who, id); err != nil {
			return err
		}
		httpx.Flash(c, "petitionform.flash.dropped")
		return httpx.See(c, "/account/petitions")
	}
	saved, err := h.svc.GetDraft(ctx, who, id)
	if errs.Is(err, errs.KindNotFound) && v.Get("do") == doSend { // pressed twice: it was sent
		n, _, serr := h.svc.Submit(ctx, who, id)
		if serr != nil {
			return serr
		}
		return httpx.See(c, "/account/petitions#p"+strconv.FormatInt(n, 10))
	}
	if err != nil {
		return err
	}
	f := parseTyped(v, saved.Draft)
	found, err := h.pin(ctx, &f)
	if err != nil {
		return err
	}
	at := formAt{action: draftPath(id), draft: true}
	var stale *dom.SavedDraft
	at.version, stale, err = h.keep(c, f)
	if errs.Is(err, errs.KindNotFound) && f.do == doSend { // as above, a moment later
		if n, _, serr := h.svc.Submit(ctx, who, id); serr == nil {
			return httpx.See(c, "/account/petitions#p"+strconv.FormatInt(n, 10))
		}
	}
	if errs.Is(err, errs.KindInvalid) { // beyond all bounds: nothing was saved, and nothing is lost
		at.version = max(f.version, 0)
		return h.refuse(c, f, at, err)
	}
	if err != nil {
		return err
	}
	if stale != nil { // another window saved meanwhile: both texts are shown, the person decides
		at.version, at.other = stale.Version, &stale.Draft
		return h.showForm(c, http.StatusConflict, f, at)
	}
	if !found {
		at.problems = append(at.problems, ui.FieldError{Field: "place", Text: i18n.T(ctx, "petitionform.not_found")})
		return h.showForm(c, http.StatusUnprocessableEntity, f, at)
	}
	switch f.do {
	case doSend:
		return h.send(c, f, at)
	case doSimilar:
		at.similar = true
		return h.showForm(c, http.StatusOK, f, at)
	case pin.Find:
		if err := h.svc.CheckPlace(ctx, f.Draft); err != nil {
			return h.refuse(c, f, at, err)
		}
		return httpx.See(c, draftPath(id)+"#place")
	case pin.Unmark:
		return httpx.See(c, draftPath(id)+"#place")
	default:
		httpx.Flash(c, "petitionform.flash.saved")
		return httpx.See(c, "/account/petitions")
	}
}

// send submits the saved draft. What is not taken, and what was taken a moment ago,
// does not count towards the day's limit.
func (h *Handlers) send(c echo.Context, f typed, at formAt) error {
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	id, err := draftID(c)
	if err != nil {
		return err
	}
	if err := h.svc.Off(ctx, dom.SwitchCreation); err != nil {
		return h.refuse(c, f, at, err)
	}
	if err := f.judge(); err != nil {
		return h.refuse(c, f, at, err)
	}
	if err := h.svc.CheckPlace(ctx, f.Draft); err != nil {
		return h.refuse(c, f, at, err)
	}
	if f.seen != titleMark(f.Title) {
		list, err := h.svc.Similar(ctx, f.Title, similarMost, 0)
		if err != nil {
			return err
		}
		if at.similar = len(list) > 0; at.similar {
			return h.showForm(c, http.StatusOK, f, at)
		}
	}
	now, hit := h.clock.Now(), ratelimit.PetitionCreate.On(strconv.FormatInt(who.ID, 10))
	if err := h.signing.limits.Allow(ctx, now, hit); err != nil {
		if n, serr := h.svc.Submitted(ctx, who, id); serr == nil && n != 0 { // pressed twice
			return httpx.See(c, "/account/petitions#p"+strconv.FormatInt(n, 10))
		}
		return h.refuse(c, f, at, err)
	}
	n, fresh, err := h.svc.Submit(ctx, who, id)
	if !fresh {
		if rerr := h.signing.limits.Refund(ctx, now, hit); rerr != nil && err == nil {
			err = rerr
		}
	}
	if err != nil {
		return h.refuse(c, f, at, err)
	}
	httpx.Flash(c, "petitionform.flash.sent")
	return httpx.See(c, "/account/petitions#p"+strconv.FormatInt(n, 10))
}

// refuse shows the form again with all that was typed and why it was not taken.
func (h *Handlers) refuse(c echo.Context, f typed, at formAt, err error) error {
	e, ok := errs.As(err)
	if !ok {
		return err
	}
	status := http.StatusUnprocessableEntity
	switch e.Kind {
	case errs.KindUnavailable:
		status = http.StatusServiceUnavailable
	case errs.KindLimited:
		status = http.StatusTooManyRequests
	case errs.KindInvalid:
	default:
		return err
	}
	if e.RetryAfter > 0 {
		c.Response().Header().Set("Retry-After", strconv.Itoa(int(e.RetryAfter.Seconds())+1))
	}
	for _, p := range e.Fields {
		at.problems = append(at.problems, ui.FieldError{Field: p.Name, Text: i18n.T(httpx.Ctx(c), p.Key, p.Args...)})
	}
	if len(e.Fields) == 0 {
		at.notes = append(at.notes, i18n.T(httpx.Ctx(c), e.Key, e.Args...))
	}
	return h.showForm(c, status, f, at)
}

func correctPath(n int64) string { return "/account" + path(n) + "/correct" }

func (h *Handlers) correctForm(c echo.Context) error {
	v, err := h.returned(c)
	if err != nil {
		return err
	}
	at := formAt{action: correctPath(v.Number), version: v.Version}
	f := typed{Draft: v.DraftOf()}
	if t, ok := httpx.Typed(c); ok {
		f, at.parked = parseTyped(t, f.Draft), true
	}
	return h.showForm(c, http.StatusOK, f, at)
}

// returned is the actor's own petition that the city returned.
func (h *Handlers) returned(c echo.Context) (*dom.View, error) {
	n, err := number(c)
	if err != nil {
		return nil, err
	}
	v, err := h.svc.Show(httpx.Ctx(c), httpx.Actor(c), n, "")
	if err == nil && (!v.Own || v.State != dom.Returned) {
		err = errs.NotFound()
	}
	return v, err
}

func (h *Handlers) correct(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	was, err := h.returned(c)
	if errs.Is(err, errs.KindNotFound) { // sent from another window, or taken back: there it is seen
		if n, nerr := number(c); nerr == nil {
			if x, xerr := h.svc.Show(httpx.Ctx(c), httpx.Actor(c), n, ""); xerr == nil && x.Own {
				return httpx.See(c, "/account/petitions#p"+c.Param("number"))
			}
		}
	}
	if err != nil {
		return err
	}
	ctx := httpx.Ctx(c)
	f := parseTyped(v, was.DraftOf())
	found, err := h.pin(ctx, &f)
	if err != nil {
		return err
	}
	at := formAt{action: correctPath(was.Number), version: f.version}
	switch {
	case !found:
		at.problems = append(at.problems, ui.FieldError{Field: "place", Text: i18n.T(ctx, "petitionform.not_found")})
		return h.showForm(c, http.StatusUnprocessableEntity, f, at)
	case f.do == pin.Find || f.do == pin.Unmark:
		return h.showForm(c, http.StatusOK, f, at)
	}
	if err := f.judge(); err != nil {
		return h.refuse(c, f, at, err)
	}
	err = h.svc.Correct(ctx, httpx.Actor(c), was.Number, f.version, f.Draft)
	if errs.Is(err, errs.KindConflict) { // changed meanwhile: both texts are shown
		now, nerr := h.returned(c)
		if nerr != nil {
			return err
		}
		other := now.DraftOf()
		at.version, at.other = now.Version, &other
		return h.showForm(c, http.StatusConflict, f, at)
	}
	if err != nil {
		return h.refuse(c, f, at, err)
	}
	httpx.Flash(c, "petitionform.flash.corrected")
	return httpx.See(c, "/account/petitions#p"+c.Param("number"))
}
