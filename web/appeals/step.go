package appeals

import (
	"context"
	"io"
	"mime/multipart"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	dom "ereception/internal/appeals"
	"ereception/internal/city"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/files"
	"ereception/internal/platform/i18n"
	"ereception/internal/platform/ratelimit"
	page "ereception/templates/appeals"
	"ereception/templates/layout"
	"ereception/templates/ui"
	"ereception/web/httpx"
	"ereception/web/pin"
)

func draftURL(id uuid.UUID, step int) string {
	return "/appeals/drafts/" + id.String() + "/" + strconv.Itoa(step)
}

// draftID reads the draft of the path; what is no draft is not found.
func draftID(c echo.Context) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return id, errs.NotFound()
	}
	return id, nil
}

func draftStep(c echo.Context) (uuid.UUID, int, error) {
	id, err := draftID(c)
	if err != nil {
		return id, 0, err
	}
	step, err := strconv.Atoi(c.Param("step"))
	if err != nil || step < dom.StepWhat || step > dom.StepCheck {
		return id, 0, errs.NotFound()
	}
	return id, step, nil
}

// step shows a step of a draft, as it was saved.
func (h *Handlers) step(c echo.Context) error {
	id, step, err := draftStep(c)
	if err != nil {
		return err
	}
	d, err := h.app.Draft(httpx.Ctx(c), httpx.Actor(c), id)
	if err != nil {
		return err
	}
	show := shown{draft: d, typed: d.Draft}
	if v, ok := httpx.Typed(c); ok && step != dom.StepCheck {
		// The session was lost in the middle of this form: what was typed stands over the draft.
		f := parseStep(v)
		show.typed, show.place = f.into(d.Draft, step), f.place
		show.parked = true
	}
	return h.renderStep(c, 200, step, show)
}

// shown is a step as it is about to be shown.
type shown struct {
	draft    dom.SavedDraft
	typed    dom.Draft // what the fields hold
	place    pin.Form
	problems []ui.FieldError
	wrong    []ui.Link // of step 4: problems that lie in other steps
	later    string    // of step 4: why it cannot be filed at this moment
	stale    bool
	parked   bool
}

// saveStep keeps what a step sent, files included, and then does what the
// button says. Nothing is judged before it is saved.
func (h *Handlers) saveStep(c echo.Context) error {
	id, step, err := draftStep(c)
	if err != nil {
		return err
	}
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	ctx, who, f := httpx.Ctx(c), httpx.Actor(c), parseStep(v)
	if step == dom.StepCheck {
		if f.do == doSave {
			httpx.Flash(c, "appeals.draft.saved")
			return httpx.See(c, "/appeals")
		}
		return h.fileDraft(c, id)
	}
	saved, err := h.app.Draft(ctx, who, id)
	if err != nil {
		return err
	}
	found := true
	if step == dom.StepMatter {
		if found, err = f.place.Seek(ctx, h.places, f.do); err != nil {
			return err
		}
	}
	d := f.into(saved.Draft, step)
	problems, err := h.takeFiles(c, id)
	if err != nil {
		return err
	}
	if f.do == doRemove {
		if err := h.app.DropFile(ctx, who, id, f.remove); err != nil && !errs.Is(err, errs.KindNotFound) {
			return err
		}
	}
	version, err := h.app.SaveDraft(ctx, who, id, step, f.version, d)
	if errs.Is(err, errs.KindConflict) {
		// Another window saved it meanwhile: both versions are shown.
		if saved, err = h.app.Draft(ctx, who, id); err != nil {
			return err
		}
		if same(saved.Draft, d) { // the script of this very window was quicker than its button
			version, err = h.app.SaveDraft(ctx, who, id, step, saved.Version, d)
		} else {
			return h.renderStep(c, 409, step, shown{draft: saved, typed: d, place: f.place, problems: problems, stale: true})
		}
	}
	if err != nil {
		return err
	}
	if !found {
		problems = append(problems, ui.FieldError{Field: "place", Text: i18n.T(ctx, "appeals.err.not_found")})
	}
	// Half a point is told by the domain.
	if step == dom.StepMatter && f.place.Unread() {
		problems = append(problems, ui.FieldError{Field: "lat", Text: i18n.T(ctx, "appeals.err.point")})
	}
	if f.do == doNext || f.do == "" || f.do == pin.Find {
		more, err := h.judge(c, d, step, f.do)
		if err != nil {
			return err
		}
		problems = append(problems, more...)
	}
	if len(problems) > 0 {
		if saved, err = h.app.Draft(ctx, who, id); err != nil {
			return err
		}
		saved.Version = version
		return h.renderStep(c, 422, step, shown{draft: saved, typed: d, place: f.place, problems: problems})
	}
	return httpx.See(c, h.after(c, id, step, f.do))
}

// after is where a button leads when nothing is wrong.
func (h *Handlers) after(c echo.Context, id uuid.UUID, step int, do string) string {
	switch do {
	case doSave:
		httpx.Flash(c, "appeals.draft.saved")
		return "/appeals"
	case pin.Find, pin.Unmark:
		return draftURL(id, step) + "#place"
	case doUpload, doRemove:
		return draftURL(id, step) + "#files"
	}
	return draftURL(id, step+1)
}

// judge asks the domain about a step; a look for a place is judged by its point alone.
func (h *Handlers) judge(c echo.Context, d dom.Draft, step int, do string) ([]ui.FieldError, error) {
	var out []ui.FieldError
	add := func(err error) error {
		list, ok := problemsOf(c, err)
		if err != nil && !ok {
			return err
		}
		out = append(out, list...)
		return nil
	}
	if do != pin.Find {
		if err := add(d.Judge(step)); err != nil {
			return nil, err
		}
	}
	if step == dom.StepMatter && d.Lat != nil && d.Lon != nil {
		if err := add(h.app.CheckPlace(httpx.Ctx(c), d)); err != nil {
			return nil, err
		}
	}
	if do != pin.Find { // after the place, as its question stands below it
		if err := add(h.app.CheckChoice(httpx.Ctx(c), d, step)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// takeFiles keeps the files of a multipart form at once. A file that is refused
// is named; the others stay.
func (h *Handlers) takeFiles(c echo.Context, id uuid.UUID) ([]ui.FieldError, error) {
	return h.eachFile(c, func(name string, r io.Reader) error {
		_, err := h.app.AttachToDraft(httpx.Ctx(c), httpx.Actor(c), id, name, r)
		return err
	})
}

// eachFile gives the files that came with the form to take, one by one, and says
// what was wrong with which.
func (h *Handlers) eachFile(c echo.Context, take func(name string, r io.Reader) error) ([]ui.FieldError, error) {
	form := c.Request().MultipartForm
	if form == nil {
		return nil, nil
	}
	var problems []ui.FieldError
	for _, name := range httpx.LeftOut(c) {
		problems = append(problems, ui.FieldError{Field: "files", Text: i18n.T(httpx.Ctx(c), "files.left_out", "name", name)})
	}
	for _, fh := range form.File["files"] {
		if fh.Size == 0 && fh.Filename == "" {
			continue
		}
		err := h.limits.Allow(httpx.Ctx(c), h.clock.Now(), ratelimit.UploadAccount.On(strconv.FormatInt(httpx.Actor(c).ID, 10)))
		if e, is := errs.As(err); is && e.Kind == errs.KindLimited {
			// What was typed beside the files is kept all the same.
			return append(problems, ui.FieldError{Field: "files", Text: i18n.T(httpx.Ctx(c), e.Key, e.Args...)}), nil
		}
		if err != nil {
			return nil, err
		}
		if err := opened(fh, take); err != nil {
			list, ok := problemsOf(c, err)
			if !ok {
				return nil, err
			}
			for _, p := range list {
				text, name := p.Text, files.CleanName(fh.Filename)
				if !strings.Contains(text, name) {
					text = i18n.T(httpx.Ctx(c), "appeals.new.file_problem", "name", name, "problem", lowered(text))
				}
				problems = append(problems, ui.FieldError{Field: "files", Text: text})
			}
		}
	}
	return problems, nil
}

// lowered lets a sentence follow a colon.
func lowered(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

func opened(fh *multipart.FileHeader, take func(name string, r io.Reader) error) (err error) {
	r, err := fh.Open()
	if err != nil {
		return err
	}
	defer func() {
		if cerr := r.Close(); err == nil {
			err = cerr
		}
	}()
	return take(fh.Filename, r)
}

// fileDraft files the draft. Its id is the idempotency key: a second click
// leads to the same appeal.
func (h *Handlers) fileDraft(c echo.Context, id uuid.UUID) error {
	ctx, who := httpx.Ctx(c), httpx.Actor(c)
	number, err := h.app.File(ctx, who, id, h.limits.Attempt(h.clock.Now(),
		ratelimit.FilingAccount.On(strconv.FormatInt(who.ID, 10)), ratelimit.FilingNetwork.On(ratelimit.Network(httpx.IP(c)))))
	if err == nil {
		return httpx.See(c, "/appeals/"+number)
	}
	problems, ok := problemsOf(c, err)
	e, is := errs.As(err)
	later := is && (e.Kind == errs.KindLimited || e.Kind == errs.KindUnavailable && e.RetryAfter > 0)
	if !ok && !later {
		return err
	}
	d, derr := h.app.Draft(ctx, who, id)
	if derr != nil {
		return derr
	}
	s := shown{draft: d, typed: d.Draft}
	if later { // nothing is lost: the draft stands where it stood
		s.later = i18n.T(ctx, e.Key, e.Args...)
		c.Response().Header().Set("Retry-After", e.RetrySeconds())
		return h.renderStep(c, e.Kind.Status(), dom.StepCheck, s)
	}
	for _, p := range problems {
		s.wrong = append(s.wrong, ui.Link{Href: draftURL(id, stepOf(p.Field)) + "#" + p.Field, Label: p.Text})
	}
	return h.renderStep(c, 422, dom.StepCheck, s)
}

// stepOf is the step on which a field stands.
func stepOf(field string) int {
	switch field {
	case "kind", "addressee":
		return dom.StepWhat
	case "name", "address", "email", "phone", "channel":
		return dom.StepWho
	}
	return dom.StepMatter
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
	ctx, who, f := httpx.Ctx(c), httpx.Actor(c), parseStep(v)
	saved, err := h.app.Draft(ctx, who, id)
	if err != nil {
		return err
	}
	step := dom.StepWho
	switch {
	case f.hasMatter:
		step = dom.StepMatter
	case f.hasKind:
		step = dom.StepWhat
	}
	version, err := h.app.SaveDraft(ctx, who, id, step, f.version, f.into(saved.Draft, step))
	if err != nil {
		return err
	}
	c.Response().Header().Set("X-Version", strconv.Itoa(version))
	return httpx.JSON(c, map[string]any{"version": version, "at": h.clock.Now()})
}

// addFiles keeps files without a step.
func (h *Handlers) addFiles(c echo.Context) error {
	id, err := draftID(c)
	if err != nil {
		return err
	}
	if _, err := httpx.ParseForm(c); err != nil {
		return err
	}
	problems, err := h.takeFiles(c, id)
	if err != nil {
		return err
	}
	if len(problems) == 0 {
		return httpx.See(c, draftURL(id, dom.StepMatter)+"#files")
	}
	d, err := h.app.Draft(httpx.Ctx(c), httpx.Actor(c), id)
	if err != nil {
		return err
	}
	return h.renderStep(c, 422, dom.StepMatter, shown{draft: d, typed: d.Draft, problems: problems})
}

func (h *Handlers) dropFile(c echo.Context) error {
	id, err := draftID(c)
	if err != nil {
		return err
	}
	if err := h.app.DropFile(httpx.Ctx(c), httpx.Actor(c), id, number(c.Param("file"))); err != nil {
		return err
	}
	return httpx.See(c, draftURL(id, dom.StepMatter)+"#files")
}

func (h *Handlers) dropDraft(c echo.Context) error {
	id, err := draftID(c)
	if err != nil {
		return err
	}
	if err := h.app.DropDraft(httpx.Ctx(c), httpx.Actor(c), id); err != nil {
		return err
	}
	httpx.Flash(c, "appeals.draft.dropped")
	return httpx.See(c, "/appeals")
}

// problemsOf translates the mistakes of a form; ok is false for any other error.
func problemsOf(c echo.Context, err error) ([]ui.FieldError, bool) {
	if err == nil {
		return nil, true
	}
	list, _, ok := httpx.Problems(c, err)
	out := make([]ui.FieldError, len(list))
	for i, p := range list {
		out[i] = ui.FieldError{Field: p.Field, Text: p.Message}
	}
	return out, ok
}

// formPage is the frame of a step.
func (h *Handlers) formPage(c echo.Context, step int, k dom.Kind) layout.Page {
	ctx := httpx.Ctx(c)
	name := i18n.T(ctx, "appeals.new.step."+strconv.Itoa(step))
	p := httpx.Page(c, i18n.T(ctx, "appeals.new.step_title", "n", step, "name", name))
	p.Crumbs = []layout.Crumb{
		{Label: i18n.T(ctx, "appeals.nav.crumb"), Href: "/appeals"},
		{Label: k.Say(ctx, "appeals.new.title"), Href: ""},
	}
	p.NoIndex = true
	return p
}

// renderStep shows a step with the draft, what was typed and what is wrong.
func (h *Handlers) renderStep(c echo.Context, status, step int, s shown) error {
	ctx := httpx.Ctx(c)
	form := page.Form{
		Page: h.formPage(c, step, s.typed.Kind), ID: s.draft.ID.String(), Version: s.draft.Version, Step: step, Words: s.typed.Kind.Args(i18n.Locale(httpx.Ctx(c))), Problems: s.problems,
		SavedAt: i18n.T(ctx, "appeals.draft.saved_at", "at", i18n.DateTime(ctx, s.draft.UpdatedAt)), Parked: s.parked, Stale: nil,
	}
	units, err := h.app.Units(ctx)
	if err != nil {
		return err
	}
	topics, err := h.app.Topics(ctx)
	if err != nil {
		return err
	}
	if s.stale {
		form.Stale = staleOf(ctx, s, step, units, topics)
	}
	r, err := h.app.Term(ctx, s.typed.Kind.Procedure(), h.clock.Now())
	if err != nil {
		return err
	}
	term := termPreview(ctx, s.typed.Kind, r)
	var p templ.Component
	switch step {
	case dom.StepWhat:
		terms, err := h.terms(c)
		if err != nil {
			return err
		}
		start := startPage(ctx, s.typed, units, terms)
		start.Form = form
		p = page.Start(start)
	case dom.StepMatter:
		m := matterPage(ctx, s.typed, s.place, s.draft.Files, topics)
		m.Form, m.Term = form, term
		m.Place.Error = ui.ErrorOf(s.problems, "place")
		m.Place.PointError = ui.ErrorOf(s.problems, "lat")
		if err := h.aroundPlace(ctx, s.typed, &m); err != nil {
			return err
		}
		p = page.Matter(m)
	case dom.StepWho:
		w := whoPage(ctx, s.typed)
		w.Form, w.Term = form, term
		p = page.Who(w)
	default:
		var at city.Place
		if d := s.typed; d.Lat != nil && d.Lon != nil {
			if at, err = h.places.Locate(ctx, *d.Lat, *d.Lon); err != nil {
				return err
			}
		}
		k := checkPage(ctx, s.typed, at, s.draft.Files, units, topics)
		k.Form, k.Term, k.Wrong, k.Later = form, term, s.wrong, s.later
		p = page.Check(k)
	}
	return httpx.Render(c, status, p)
}

// aroundPlace names what the pin stands on and lists what is open nearby.
func (h *Handlers) aroundPlace(ctx context.Context, d dom.Draft, m *page.MatterPage) error {
	if d.Lat == nil || d.Lon == nil || d.Kind == dom.InfoRequest {
		return nil
	}
	at, err := h.places.Locate(ctx, *d.Lat, *d.Lon)
	if err != nil {
		return err
	}
	if m.Place.PointError == "" { // else the same words would stand there twice
		m.Place.Status, m.Place.StatusBad = pin.Status(ctx, d.Place, at)
	}
	rows, err := h.app.Near(ctx, *d.Lat, *d.Lon)
	if err != nil {
		return err
	}
	m.Near = nearItems(ctx, rows)
	return nil
}
