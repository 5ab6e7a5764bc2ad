package admin

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"ereception/internal/city"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/i18n"
	"ereception/templates/admin"
	"ereception/templates/ui"
	"ereception/web/httpx"
)

// maxImport bounds a file that is brought by a page; the command line takes more.
const maxImport = 16 << 20

// importing is one page of import as its person left it: what its own field says
// (the kind of a register, the name of the source) and the file.
type importing struct {
	what string
	skip bool // leave bad rows out instead of refusing the file
	file keptFile
}

// importPage is what the pages of import differ in.
type importPage struct {
	show  func(c echo.Context, status int, t importing, problems []httpx.Problem, rep *admin.ImportReport) error
	field string // the name of the own field
	// judge gives what is wrong with the own field, nil for nothing.
	judge func(what string) *errs.Error
	run   func(c echo.Context, what string, body io.Reader, dry, skip bool) (city.Report, error)
}

// importForm shows the page; what was typed before the session ended stands in it.
func (h *Handlers) importForm(p importPage) echo.HandlerFunc {
	return func(c echo.Context) error {
		v := c.QueryParams()
		if typed, ok := httpx.Typed(c); ok {
			v = typed
		}
		f, _ := h.kept.get(v.Get("kept"), httpx.Actor(c).ID)
		return p.show(c, http.StatusOK, importing{v.Get(p.field), v.Get("skip") == "1", f}, nil, nil)
	}
}

// importFile first looks at a file (a dry run) and keeps it; the second press
// imports the very file that was looked at.
func (h *Handlers) importFile(p importPage) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := httpx.ParseForm(c)
		if err != nil {
			return err
		}
		ctx, dry := httpx.Ctx(c), v.Get("do") != "import"
		t := importing{what: v.Get(p.field), skip: v.Get("skip") == "1"}
		again := func(err error) error {
			problems, _, ok := httpx.Problems(c, err)
			if !ok {
				return err
			}
			for i := range problems {
				if problems[i].Field == "" {
					problems[i].Field = "file"
				}
			}
			return p.show(c, http.StatusUnprocessableEntity, t, problems, nil)
		}
		t.file, err = h.importSource(c, v, dry)
		if e, ok := errs.As(err); err == nil || ok {
			if wrong := p.judge(t.what); wrong != nil {
				if e != nil {
					wrong.Fields = append(wrong.Fields, e.Fields...)
				}
				return again(wrong)
			}
		}
		if err != nil {
			return again(err)
		}
		rep, err := p.run(c, t.what, bytes.NewReader(t.file.body), dry, t.skip)
		if err != nil {
			return again(err)
		}
		out := report(c, rep)
		out.FileName = t.file.name
		status, changes := http.StatusOK, rep.Created+rep.Updated
		switch {
		case rep.Refused:
			status = http.StatusUnprocessableEntity
			out.Kind, out.Title, out.Text = "danger", i18n.T(ctx, "admin.import.refused"), i18n.T(ctx, "admin.import.refused_text")
		case dry && changes == 0:
			out.Title, out.Text = i18n.T(ctx, "admin.import.checked"), i18n.T(ctx, "admin.import.nothing")
		case dry:
			out.Title, out.Text = i18n.T(ctx, "admin.import.checked"), i18n.T(ctx, "admin.import.checked_text")
			out.Token, out.Submit = t.file.token, i18n.N(ctx, "admin.import.do", changes)
		default:
			h.kept.drop(t.file.token)
			t.file = keptFile{}
			out.Kind, out.Title = "ok", i18n.T(ctx, "admin.import.done")
		}
		return p.show(c, status, t, nil, out)
	}
}

// registerImport brings units, streets, districts and the like.
func (h *Handlers) registerImport() importPage {
	return importPage{
		show: showImport, field: "kind",
		judge: func(kind string) *errs.Error {
			if slices.Contains(city.ImportKinds, city.ImportKind(kind)) {
				return nil
			}
			return errs.Fields().With("kind", "city.err.required")
		},
		run: func(c echo.Context, kind string, body io.Reader, dry, skip bool) (city.Report, error) {
			return h.city.Import(httpx.Ctx(c), httpx.Actor(c), city.ImportKind(kind), body, city.ImportOptions{DryRun: dry, SkipBad: skip})
		},
	}
}

func showImport(c echo.Context, status int, t importing, problems []httpx.Problem, rep *admin.ImportReport) error {
	ctx := httpx.Ctx(c)
	title := i18n.T(ctx, "admin.import.title")
	p := admin.ImportPage{
		Head: admin.Head{Frame: httpx.Office(c, title, "admin.import"), Title: title, Lead: i18n.T(ctx, "admin.import.lead")},
		Kind: t.what, Skip: t.skip, File: t.file.shown(), Errors: fieldErrors(problems), Report: rep,
	}
	for _, k := range city.ImportKinds {
		p.Kinds = append(p.Kinds, ui.Option{Value: string(k), Label: i18n.T(ctx, "admin.import.kinds."+string(k))})
		p.Forms = append(p.Forms, admin.Format{
			Title: i18n.T(ctx, "admin.import.kinds."+string(k)), Text: i18n.T(ctx, "admin.import.format."+string(k)), Sample: i18n.T(ctx, "admin.import.sample."+string(k)),
		})
	}
	return httpx.Render(c, status, admin.Import(p))
}

// importSource gives the file of the form and keeps it: the one that was chosen, or
// else the one of an earlier try. The import itself takes none but the one that
// was looked at. Errors are mistakes of the field "file".
func (h *Handlers) importSource(c echo.Context, v url.Values, dry bool) (keptFile, error) {
	actor := httpx.Actor(c)
	if !dry {
		f, ok := h.kept.get(v.Get("token"), actor.ID)
		if !ok {
			return f, errs.Fields().With("file", "admin.import.gone")
		}
		return f, nil
	}
	head, err := c.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || err == nil && head.Size == 0 {
		if f, ok := h.kept.get(v.Get("kept"), actor.ID); ok {
			return f, nil
		}
		return keptFile{}, errs.Fields().With("file", "admin.import.no_file")
	}
	if err != nil {
		return keptFile{}, errs.Fields().With("file", "admin.import.no_file").Because(err)
	}
	if head.Size > maxImport {
		return keptFile{}, errs.Fields().With("file", "city.import.too_large", "n", maxImport>>20)
	}
	r, err := head.Open()
	if err != nil {
		return keptFile{}, err
	}
	defer func() { _ = r.Close() }()
	f := keptFile{token: rand.Text(), owner: actor.ID, name: head.Filename}
	if f.body, err = io.ReadAll(io.LimitReader(r, maxImport)); err != nil {
		return keptFile{}, err
	}
	h.kept.put(f)
	return f, nil
}

func (f keptFile) shown() admin.KeptFile { return admin.KeptFile{Token: f.token, Name: f.name} }

const listed = 100 // mistakes that the page shows

func report(c echo.Context, rep city.Report) *admin.ImportReport {
	ctx := httpx.Ctx(c)
	out := &admin.ImportReport{}
	for _, f := range []struct {
		key string
		n   int
	}{{"rows", rep.Rows}, {"created", rep.Created}, {"updated", rep.Updated}, {"unchanged", rep.Unchanged}, {"ignored", rep.Ignored}, {"bad", rep.BadRows}} {
		if f.n > 0 || f.key == "rows" {
			out.Facts = append(out.Facts, ui.Fact{Label: i18n.T(ctx, "admin.import.n."+f.key), Value: i18n.Num(ctx, f.n), Num: true})
		}
	}
	if len(rep.Unread) > 0 {
		out.Facts = append(out.Facts, ui.Fact{Label: i18n.T(ctx, "admin.import.unread"), Value: strings.Join(rep.Unread, ", ")})
	}
	for i, b := range rep.Bad {
		if i == listed {
			break
		}
		row := "—"
		if b.Row > 0 {
			row = i18n.Num(ctx, b.Row)
		}
		out.Bad = append(out.Bad, admin.RowError{Row: row, Column: orDash(b.Column), Text: i18n.T(ctx, b.Key, b.Args...)})
	}
	if n := len(rep.Bad) - len(out.Bad); n > 0 {
		out.More = i18n.N(ctx, "admin.import.more", n)
	}
	return out
}
