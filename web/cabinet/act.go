package cabinet

import (
	"context"
	"encoding/hex"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"ereception/internal/authz"
	"ereception/internal/platform/errs"
	"ereception/internal/platform/files"
	"ereception/internal/platform/i18n"
	"ereception/web/httpx"

	dom "ereception/internal/appeals"
)

// Names of the forms: the last part of their addresses.
const (
	formRegister = "register"
	formAssign   = "assign"
	formManager  = "manager"
	formResolve  = "resolve"
	formSendBack = "send-back"
	formTake     = "take"
	formAsk      = "ask"
	formNote     = "note"
	formAnswer   = "answer"
	formReturn   = "return"
	formSign     = "sign"
	formPost     = "post"
	formExtend   = "extend"
	formReclass  = "reclassify"
	formClose    = "close"
	formHide     = "hide"
	formUnhide   = "unhide"
	formDispatch = "dispatch"
	formPromise  = "promise"
	formProof    = "proof"

	formForward       = "forward"
	formGiveBack      = "give-back"
	formNotConsidered = "not-considered"
	formDuplicate     = "duplicate"
)

// endingForms are the forms of the letters that end an appeal, with their results.
var endingForms = map[string]string{
	formForward: dom.ResultForwarded, formGiveBack: dom.ResultReturned, formNotConsidered: dom.ResultNotConsidered, formDuplicate: dom.ResultDuplicate,
}

// request is what an action is told.
type request struct {
	ctx    context.Context
	who    authz.Actor
	number string
	v      url.Values
}

// form is one action: which right it takes, which move of the machine it makes,
// and the deed. Forms with do nil have a handler of their own.
type form struct {
	name   string
	action authz.Action
	move   string // of dom.Moves; empty: in any state
	do     func(*dom.Service, request) error
}

var forms = []form{
	{formRegister, authz.AppealRegister, "register", func(s *dom.Service, r request) error {
		return s.Register(r.ctx, r.who, r.number, version(r.v), readRegister(r.v).registration())
	}},
	{formAssign, authz.AppealAssign, "assign", func(s *dom.Service, r request) error {
		f := readAssign(r.v)
		return s.Assign(r.ctx, r.who, r.number, version(r.v), id(f.Unit), id(f.Executor))
	}},
	{formManager, authz.AppealAssign, "to_manager", func(s *dom.Service, r request) error {
		return s.SendToManager(r.ctx, r.who, r.number, version(r.v), id(r.v.Get("manager")))
	}},
	{formResolve, authz.AppealResolve, "resolve", func(s *dom.Service, r request) error {
		return s.Resolve(r.ctx, r.who, r.number, version(r.v), readResolve(r.v).resolution())
	}},
	{formSendBack, authz.AppealResolve, "send_back", func(s *dom.Service, r request) error {
		return s.SendBack(r.ctx, r.who, r.number, version(r.v), r.v.Get("reason"))
	}},
	{formTake, authz.AppealWork, "take", func(s *dom.Service, r request) error {
		return s.Take(r.ctx, r.who, r.number, version(r.v))
	}},
	{formAsk, authz.AppealWork, "ask", func(s *dom.Service, r request) error {
		f := readMessage(r.v)
		return s.Ask(r.ctx, r.who, r.number, f.key(), f.Message)
	}},
	{formNote, authz.AppealWork, "", func(s *dom.Service, r request) error {
		f := readMessage(r.v)
		return s.Note(r.ctx, r.who, r.number, f.key(), f.Message)
	}},
	{formAnswer, authz.AnswerDraft, "draft", nil},
	{formForward, authz.AppealDispose, "dispose", nil},
	{formGiveBack, authz.AppealDispose, "dispose", nil},
	{formNotConsidered, authz.AppealDispose, "dispose", nil},
	{formDuplicate, authz.AppealDispose, "dispose", nil},
	{formReturn, authz.AnswerReturn, "return", func(s *dom.Service, r request) error {
		return s.Return(r.ctx, r.who, r.number, version(r.v), r.v.Get("remarks"))
	}},
	{formSign, authz.AnswerSign, "sign", func(s *dom.Service, r request) error {
		digest, err := hex.DecodeString(r.v.Get("digest"))
		if err != nil {
			return errs.Conflict("errors.conflict").Because(err)
		}
		return s.Sign(r.ctx, r.who, r.number, digest, dom.Credential{Password: r.v.Get("password")})
	}},
	{formPost, authz.AnswerPost, "post", func(s *dom.Service, r request) error {
		f := readPost(r.v)
		return s.Post(r.ctx, r.who, r.number, version(r.v), id(f.Answer), f.day())
	}},
	{formDispatch, authz.AnswerPost, "dispatch", func(s *dom.Service, r request) error {
		f := readPost(r.v)
		return s.Dispatch(r.ctx, r.who, r.number, version(r.v), id(f.Answer), f.day(), f.Way)
	}},
	{formExtend, authz.AppealExtend, "extend", func(s *dom.Service, r request) error {
		return s.Extend(r.ctx, r.who, r.number, version(r.v), r.v.Get("reason"))
	}},
	{formReclass, authz.AppealReclassify, "reclassify", func(s *dom.Service, r request) error {
		return s.Reclassify(r.ctx, r.who, r.number, version(r.v), readClassify(r.v).classification())
	}},
	{formClose, authz.AppealClose, "close", func(s *dom.Service, r request) error {
		return s.Close(r.ctx, r.who, r.number, version(r.v))
	}},
	{formPromise, authz.AppealClose, "promise", func(s *dom.Service, r request) error {
		f := readPromise(r.v)
		return s.Promise(r.ctx, r.who, r.number, version(r.v), f.Promise, f.day())
	}},
	{formProof, authz.AppealClose, "proof", func(s *dom.Service, r request) error {
		return s.Prove(r.ctx, r.who, r.number, version(r.v), r.v.Get("proof"))
	}},
	{formHide, authz.AppealHide, "hide", func(s *dom.Service, r request) error {
		return s.Hide(r.ctx, r.who, r.number, version(r.v), r.v.Get("ground"))
	}},
	{formUnhide, authz.AppealHide, "unhide", func(s *dom.Service, r request) error {
		return s.Unhide(r.ctx, r.who, r.number, version(r.v))
	}},
}

// post does the action and goes back to the case.
func (h *Handlers) post(f form) echo.HandlerFunc {
	switch {
	case f.name == formAnswer:
		return h.answer
	case endingForms[f.name] != "":
		return h.ending(f.name)
	}
	return func(c echo.Context) error {
		v, err := httpx.ParseForm(c)
		if err != nil {
			return err
		}
		r := request{httpx.Ctx(c), httpx.Actor(c), c.Param("number"), v}
		kind := h.kind(c)
		if err := f.do(h.appeals, r); err != nil {
			return h.failed(c, f.name, v, err)
		}
		return h.done(c, f.name, kind)
	}
}

// ending keeps the letter that ends an appeal, and lays it on the manager's desk when
// the pressed button says so.
func (h *Handlers) ending(form string) echo.HandlerFunc {
	return func(c echo.Context) error {
		v, err := httpx.ParseForm(c)
		if err != nil {
			return err
		}
		ctx, who, number, f := httpx.Ctx(c), httpx.Actor(c), c.Param("number"), readEnding(v)
		kind, do, said := h.kind(c), h.appeals.SubmitEnding, "ending"
		if f.Do == "save" {
			do, said = h.appeals.SaveEnding, "ending_saved"
		}
		if err := do(ctx, who, number, f.version(), f.ending(endingForms[form])); err != nil {
			return h.failed(c, form, v, err)
		}
		if f.Do == "save" {
			httpx.Flash(c, "cabinet.done."+said)
			return httpx.See(c, caseURL(number, form, backTo(c, who)))
		}
		return h.done(c, said, kind)
	}
}

// answer keeps the draft of an answer and does what the pressed button says:
// insert a template, save, add or remove a file, submit for signature. Files are
// kept whatever becomes of the text: no browser sends them a second time.
func (h *Handlers) answer(c echo.Context) error {
	v, err := httpx.ParseForm(c)
	if err != nil {
		return err
	}
	ctx, who, number, f := httpx.Ctx(c), httpx.Actor(c), c.Param("number"), readAnswer(v)
	kind := h.kind(c)
	if f.Do == "template" {
		refused, err := h.takeFiles(c, v)
		if err != nil {
			return h.failed(c, formAnswer, v, err)
		}
		return h.insertTemplate(c, f, v, refused)
	}
	if f.Do == "submit" && f.Remove == "" && len(uploads(c)) == 0 {
		if err := h.appeals.Submit(ctx, who, number, f.version(), f.Text, f.Result); err != nil {
			return h.failed(c, formAnswer, v, err)
		}
		return h.done(c, "submit", kind)
	}
	err = h.appeals.SaveAnswer(ctx, who, number, f.version(), f.Text, f.Result)
	if err == nil { // the text is kept: from here on the page is made of the new version
		err = h.shownVersion(c, v)
	}
	refused, ferr := h.takeFiles(c, v)
	if err == nil {
		err = ferr
	}
	if err == nil && f.Remove != "" {
		err = h.appeals.DropAnswerFile(ctx, who, number, id(f.Remove))
	}
	submit := f.Do == "submit" && f.Remove == ""
	if err == nil && submit && len(refused) == 0 {
		err = h.appeals.Submit(ctx, who, number, readAnswer(v).version(), f.Text, f.Result)
	}
	switch {
	case err != nil || len(refused) > 0:
		return h.failed(c, formAnswer, v, err, refused...)
	case submit:
		return h.done(c, "submit", kind)
	}
	httpx.Flash(c, "cabinet.done.answer", "number", number)
	return httpx.See(c, caseURL(number, formAnswer, backTo(c, who)))
}

// takeFiles adds the files of the form to the draft, which begins empty when there
// is none yet; the version in v follows. refused names the files that were not taken.
func (h *Handlers) takeFiles(c echo.Context, v url.Values) (refused []httpx.Problem, err error) {
	ctx, who, number := httpx.Ctx(c), httpx.Actor(c), c.Param("number")
	for _, name := range httpx.LeftOut(c) {
		refused = append(refused, httpx.Problem{Field: "files", Message: i18n.T(ctx, "files.left_out", "name", name)})
	}
	list := uploads(c)
	if len(list) == 0 {
		return refused, nil
	}
	if readAnswer(v).version() == 0 {
		// A conflict: a co-executor has begun meanwhile; his draft takes the files.
		err := h.appeals.SaveAnswer(ctx, who, number, 0, "", "")
		if err == nil {
			err = h.shownVersion(c, v)
		}
		if err != nil && !errs.Is(err, errs.KindConflict) {
			return nil, err
		}
	}
	for _, fh := range list {
		err := h.attach(ctx, who, number, fh)
		e, ok := errs.As(err)
		switch {
		case ok && e.Kind == errs.KindInvalid:
			refused = append(refused, httpx.Problem{Field: "files", Message: i18n.T(ctx, "appeals.new.file_problem",
				"name", files.CleanName(fh.Filename), "problem", i18n.T(ctx, e.Key, e.Args...))})
		case err != nil:
			return refused, err
		}
	}
	return refused, nil
}

// shownVersion puts the version of the kept draft into the form.
func (h *Handlers) shownVersion(c echo.Context, v url.Values) error {
	cs, err := h.appeals.Case(httpx.Ctx(c), httpx.Actor(c), c.Param("number"))
	if err == nil && cs.Answer != nil {
		v.Set("version", strconv.Itoa(cs.Answer.Version))
	}
	return err
}

func (h *Handlers) attach(ctx context.Context, who authz.Actor, number string, fh *multipart.FileHeader) error {
	r, err := fh.Open()
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	_, err = h.appeals.AttachToAnswer(ctx, who, number, fh.Filename, r)
	return err
}

// uploads lists the files that came with the form; a browser sends a nameless
// empty one when none was chosen.
func uploads(c echo.Context) []*multipart.FileHeader {
	m := c.Request().MultipartForm
	if m == nil {
		return nil
	}
	var out []*multipart.FileHeader
	for _, fh := range m.File["files"] {
		if fh.Filename != "" {
			out = append(out, fh)
		}
	}
	return out
}

// insertTemplate shows the form again with the chosen template in it; the text is
// not saved. refused names the files that were not taken.
func (h *Handlers) insertTemplate(c echo.Context, f answerForm, v url.Values, refused []httpx.Problem) error {
	cs, err := h.appeals.Case(httpx.Ctx(c), httpx.Actor(c), c.Param("number"))
	if err != nil {
		return err
	}
	var unit int64
	if cs.UnitID != nil {
		unit = *cs.UnitID
	}
	list, err := h.appeals.Templates(httpx.Ctx(c), unit)
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.ID == id(f.Template) {
			v.Set("answer", withTemplate(f.Text, t.Body))
			if len(refused) > 0 {
				return h.failed(c, formAnswer, v, nil, refused...)
			}
			return h.page(c, cs, attempt{form: formAnswer, typed: v})
		}
	}
	at := attempt{form: formAnswer, typed: v, status: http.StatusUnprocessableEntity}
	at.problems = append(refused, httpx.Problem{Field: "template", Message: i18n.T(httpx.Ctx(c), "cabinet.draft.choose_template")})
	return h.page(c, cs, at)
}

// withTemplate puts a template after what was typed already.
func withTemplate(text, template string) string {
	if text == "" {
		return template
	}
	return text + "\n\n" + template
}
