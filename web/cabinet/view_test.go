package cabinet

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/internal/platform/i18n"
	"ereception/templates/ui"
	"ereception/web/httpx"

	dom "ereception/internal/appeals"
	page "ereception/templates/cabinet"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, i18n.Kyiv)

func ref[T any](v T) *T { return &v }

func official(id int64, roles ...authz.Role) authz.Actor {
	return authz.Actor{Kind: authz.KindPerson, ID: id, Name: "Коваленко Олена Ігорівна", PostTitle: "начальниця", Roles: roles, UnitID: 7, UnitIDs: []int64{7}, Head: true}
}

func aCase(state dom.State, n *dom.Answer) *dom.Case {
	lat, lon := 50.2547, 28.6587
	c := &dom.Case{
		Appeal: dom.Appeal{
			ID: 1, Number: "2026-00001", RegIndex: ref("К-1/2026"), Kind: dom.Complaint, Procedure: deadline.Appeal, State: state,
			AuthorID: 99, AuthorName: "Зразкова Ольга Іванівна", AuthorPhone: "+380671234514", AuthorEmail: "olha@example.org", AuthorAddress: "вул. Київська, 61",
			AnswerChannel: dom.ByEmail, Title: "Яма <біля> зупинки", Body: "Текст звернення.", Place: "вул. Хлібна, 3", Lat: &lat, Lon: &lon,
			Marks: dom.Strings{dom.MarkRepeat}, Control: true, ReceivedAt: noon.AddDate(0, 0, -5), RegisteredOn: noon.AddDate(0, 0, -5),
			DueAt: noon.AddDate(0, 0, 25), InternalDue: noon.AddDate(0, 0, 20), DueExplainUk: "пораховано", DueExplainEn: "counted",
			UnitID: ref(int64(7)), ManagerID: ref(int64(3)), ExecutorID: ref(int64(2)), TopicID: ref(int64(5)), Version: 4,
		},
		Unit: "Управління", Topic: "Дороги", Executor: "Мельник Остап Юрійович", Manager: "Зразковий Андрій Петрович",
		Events: []dom.StoryLine{{At: noon, Kind: "filed", ActorName: "Зразкова Ольга Іванівна", Public: true, To: dom.Received}, {
			At: noon, Kind: "resolved", ActorName: "Зразковий Андрій Петрович", From: dom.Registered, To: dom.InProgress,
			Data: map[string]any{"executor": "Мельник", "coexecutors": []any{"Інший"}, "date": "2026-12-25", "text": "причина"},
		}},
		Messages: []dom.Message{{AuthorName: "Мельник Остап", Side: "city", Internal: true, Body: "нотатка", At: noon}},
		Files:    []dom.File{{ID: 4, Name: "фото.jpg", Size: 3 << 20, State: "ready", ThumbKey: "k"}},
		Answer:   n,
		Resolution: &dom.ResolutionView{
			Manager: "Зразковий Андрій Петрович", Executor: "Мельник Остап Юрійович", Task: "Обстежити місце", DueOn: noon, At: noon,
		},
	}
	return c
}

func draft(state dom.AnswerState) *dom.Answer {
	return &dom.Answer{ID: 1, State: state, Body: "Збережений текст", Result: dom.ResultSatisfied, Authors: dom.IDs{2}, Version: 3, UpdatedAt: noon, Remarks: "додайте строки"}
}

func forwarding(state dom.AnswerState) *dom.Answer {
	n := draft(state)
	n.Result, n.Ground, n.Recipient, n.Body = dom.ResultForwarded, dom.GroundForward, "Управління патрульної поліції", "Це справа поліції, а не міської ради."
	return n
}

// reclassified is a case whose term a change of the procedure made shorter than
// that of its resolution.
func reclassified(state dom.State, n *dom.Answer) *dom.Case {
	c := aCase(state, n)
	c.Kind, c.Procedure, c.DueAt, c.InternalDue = dom.InfoRequest, deadline.Info, noon.AddDate(0, 0, 3), noon.AddDate(0, 0, 3)
	c.Resolution.DueOn = noon.AddDate(0, 0, 20)
	c.Events = append(c.Events, dom.StoryLine{
		At: noon.Add(time.Hour), Kind: "reclassified", ActorName: "Коваленко Олена Ігорівна", Public: true, From: state, To: state, Data: map[string]any{
			"kind_from": "application", "kind": "info_request", "procedure_from": "appeal", "procedure": "info", "text": "інформаційний запит", "date": "2026-11-28",
			"index_from": "К-1/2026", "index": "ЗПІ-1/2026", "extension": "lost", "resolution": "late",
		},
	})
	return c
}

func view(cs *dom.Case, who authz.Actor, at attempt) caseView {
	v := caseView{Case: cs, who: who, now: noon, back: inTray(dom.Sets(who)[0]), at: at}
	v.executors = []dom.Choice{{ID: 2, Name: "Мельник О.", Note: "спеціаліст", Group: "Управління", Load: 3}, {ID: 8, Name: "Інший", Group: "Відділ"}}
	v.managers = []dom.Choice{{ID: 3, Name: "Зразковий", Note: "начальник"}}
	v.choices = choices{units: []dom.Choice{{ID: 7, Name: "Управління"}}, topics: []dom.Choice{{ID: 5, Name: "Дороги", Group: "Місто", UnitID: 7}}}
	v.templates = []dom.Template{{ID: 1, Title: "Шаблон", Body: "Текст"}}
	if v.at.form == "" {
		v.at.form = v.first()
	}
	return v
}

func TestTheFirstFormFollowsRoleAndState(t *testing.T) {
	t.Parallel()
	specialist, manager, executor := official(1, authz.RoleSpecialist), official(3, authz.RoleManager), official(2, authz.RoleExecutor)
	foreign := authz.Actor{Kind: authz.KindPerson, ID: 50, Roles: []authz.Role{authz.RoleExecutor}, UnitIDs: []int64{9}}
	for _, c := range []struct {
		name  string
		who   authz.Actor
		state dom.State
		n     *dom.Answer
		want  string
	}{
		{"the specialist registers what was received", specialist, dom.Received, nil, formRegister},
		{"the specialist assigns what is registered", specialist, dom.Registered, nil, formAssign},
		{"the specialist waits for the resolution", specialist, dom.ResolutionPending, nil, ""},
		{"the manager writes the resolution", manager, dom.ResolutionPending, nil, formResolve},
		{"the manager decides about what was opened again", manager, dom.Reopened, nil, formResolve},
		{"the executor writes the answer", executor, dom.InProgress, nil, formAnswer},
		{"an executor of another unit has nothing to do", foreign, dom.InProgress, nil, ""},
		{"the manager waits for the draft", manager, dom.InProgress, draft(dom.AnswerDraft), ""},
		{"the executor waits for the signature", executor, dom.AnswerSigning, draft(dom.AnswerSubmitted), ""},
		{"the manager signs", manager, dom.AnswerSigning, draft(dom.AnswerSubmitted), formSign},
		{"nothing is signed without an answer", manager, dom.AnswerSigning, nil, ""},
		{"the specialist goes on with the letter that was begun", specialist, dom.Registered, forwarding(dom.AnswerReturned), formForward},
		{"the executor goes on with it too", executor, dom.InProgress, forwarding(dom.AnswerDraft), formForward},
		{"the manager signs it", manager, dom.AnswerSigning, forwarding(dom.AnswerSubmitted), formSign},
		{"the manager sets a late resolution anew", manager, "late", nil, formResolve},
		{"closing is offered, not asked for", manager, dom.Answered, draft(dom.AnswerSent), ""},
	} {
		v := caseView{Case: aCase(c.state, c.n), who: c.who, now: noon}
		if c.state == "late" {
			v.Case = reclassified(dom.InProgress, nil)
		}
		if got := v.first(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	v := caseView{Case: aCase(dom.InProgress, nil), who: executor, now: noon}
	v.ExecutorID = nil
	if got := v.first(); got != formTake {
		t.Errorf("an executor of the unit takes what nobody has: %q", got)
	}
	v = caseView{Case: aCase(dom.Answered, nil), who: manager, now: noon}
	if v.may(formClose) != true || v.may(formExtend) || v.may(formResolve) || v.may("nonsense") {
		t.Error("the moves of an answered appeal are wrong")
	}
}

func TestNoKeyReachesThePage(t *testing.T) {
	t.Parallel()
	specialist, manager, executor := official(1, authz.RoleSpecialist), official(3, authz.RoleManager), official(2, authz.RoleExecutor)
	typed := func(pairs ...string) url.Values {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Add(pairs[i], pairs[i+1])
		}
		return v
	}
	for _, c := range []struct {
		name string
		v    caseView
		want []string
	}{
		{"registration", view(aCase(dom.Received, nil), specialist, attempt{}), []string{`name="procedure"`, `name="marks"`, `value="4"`, "Яма &lt;біля&gt;"}},
		{"assignment", view(aCase(dom.Registered, nil), specialist, attempt{}), []string{`name="unit"`, `<optgroup`}},
		{"to a manager", view(aCase(dom.Registered, nil), specialist, attempt{form: formManager}), []string{`name="manager"`}},
		{"resolution", view(aCase(dom.ResolutionPending, nil), manager, attempt{}), []string{`name="coexecutors"`, `type="date"`}},
		{"resolution after the term", func() caseView {
			cs := aCase(dom.ResolutionPending, nil)
			cs.DueAt, cs.InternalDue = noon.AddDate(0, 0, -3), noon.AddDate(0, 0, -5)
			return view(cs, manager, attempt{})
		}(), []string{`value="2026-11-25"`}},
		{"a resolution past the term of the new procedure", view(reclassified(dom.InProgress, nil), manager, attempt{}), []string{
			`name="coexecutors"`, "note amber", "інформаційний запит",
		}},
		{"a draft written under another procedure", view(reclassified(dom.InProgress, draft(dom.AnswerDraft)), executor, attempt{}), []string{`name="answer"`, "note amber"}},
		{"a change of the procedure", view(aCase(dom.InProgress, nil), specialist, attempt{form: formReclass}), []string{`name="kind"`, `name="procedure"`, `name="reason"`, `<optgroup`}},
		{"sending back", view(aCase(dom.ResolutionPending, nil), manager, attempt{form: formSendBack}), []string{`name="reason"`}},
		{"extension", view(aCase(dom.InProgress, nil), manager, attempt{form: formExtend}), []string{`name="reason"`}},
		{"question", view(aCase(dom.InProgress, nil), executor, attempt{form: formAsk}), []string{`name="key"`}},
		{"note", view(aCase(dom.InProgress, nil), executor, attempt{form: formNote}), []string{`name="message"`}},
		{"returned draft", view(aCase(dom.InProgress, draft(dom.AnswerReturned)), executor, attempt{}), []string{"додайте строки", "Збережений текст", `name="version" value="3"`}},
		{"what was typed is kept", view(aCase(dom.InProgress, draft(dom.AnswerDraft)), executor, attempt{
			form: formAnswer, typed: typed("answer", "Мій <текст>", "version", "2", "result", "refused"), problems: []httpx.Problem{{Field: "answer", Message: "закоротко"}},
		}), []string{"Мій &lt;текст&gt;", `name="version" value="2"`, `href="#answer"`, "закоротко"}},
		{"a stale save shows both texts", view(aCase(dom.InProgress, draft(dom.AnswerDraft)), executor, attempt{
			form: formAnswer, typed: typed("answer", "Мій текст", "version", "2"), conflict: "змінився",
		}), []string{"Мій текст", "Збережений текст", `name="version" value="3"`}},
		{"a stale registration shows both versions", view(aCase(dom.Received, nil), specialist, attempt{
			form: formRegister, tried: formRegister, conflict: "змінився",
			typed: typed("procedure", "appeal-simple", "topic", "5", "marks", "collective", "version", "2"),
			mine:  typed("procedure", "appeal-simple", "topic", "5", "marks", "collective", "version", "2"),
		}), []string{`id="stale"`, `form="act-form"`, `id="act-form"`, `name="version" value="4"`, "Дороги"}},
		{"a registration that came too late is not lost", view(aCase(dom.Registered, nil), specialist, attempt{
			form: formAssign, tried: formRegister, conflict: "змінився", mine: typed("procedure", "appeal-simple", "topic", "5", "marks", "collective"),
		}), []string{`id="stale"`, `name="unit"`}},
		{"a stale resolution shows both versions", view(aCase(dom.InProgress, nil), manager, attempt{
			form: formResolve, tried: formResolve, conflict: "змінився",
			typed: typed("executor", "8", "task", "Моє <завдання>", "due", "2026-12-01"), mine: typed("executor", "8", "task", "Моє <завдання>", "due", "2026-12-01"),
		}), []string{`id="stale"`, "Обстежити місце", "Моє &lt;завдання&gt;", "Мельник Остап Юрійович", "Інший"}},
		{"a stale assignment shows both versions", view(aCase(dom.InProgress, nil), specialist, attempt{
			form: formAssign, tried: formAssign, conflict: "змінився", typed: typed("unit", "7", "executor", "8"), mine: typed("unit", "7", "executor", "8"),
		}), []string{`id="stale"`, "Мельник Остап Юрійович"}},
		{"an answer that came too late is not lost", view(aCase(dom.AnswerSigning, draft(dom.AnswerSubmitted)), executor, attempt{
			form: "", tried: formAnswer, conflict: "змінився", mine: typed("answer", "Мій довгий текст", "result", "refused"),
		}), []string{`id="stale"`, "Мій довгий текст", "Збережений текст"}},
		{"hiding", func() caseView {
			cs := aCase(dom.InProgress, nil)
			cs.Public = true
			return view(cs, specialist, attempt{form: formHide})
		}(), []string{`name="ground"`, `value="personal_data"`, "/hide?set=incoming"}},
		{"showing again", func() caseView {
			cs := aCase(dom.Closed, nil)
			cs.Public, cs.Hidden = true, dom.HideRights
			return view(cs, manager, attempt{form: formUnhide})
		}(), []string{"/unhide?set=sign"}},
		{"posting a paper", func() caseView {
			cs := aCase(dom.Answered, draft(dom.AnswerSigned))
			cs.ToPost = &dom.Given{Answer: dom.Answer{ID: 12, OutNumber: ref("7/К-1-26"), SignedAt: ref(noon.AddDate(0, 0, -2))}, N: 1}
			return view(cs, specialist, attempt{})
		}(), []string{`name="of" value="12"`, `type="date"`, `min="2026-11-23"`, `max="2026-11-25"`, "/appeals/2026-00001/answers/1/answer.pdf", "/post?set=incoming"}},
		{"a forwarding", view(aCase(dom.Registered, nil), specialist, attempt{form: formForward}), []string{`name="recipient"`, `list="recipients"`, `name="manager"`, `name="text"`, `value="save"`, `name="version" value="0"`}},
		{"a return with an explanation", view(aCase(dom.Registered, nil), specialist, attempt{form: formGiveBack}), []string{`name="ground"`, `value="data"`, `value="format"`, `name="text"`, "/give-back?set=incoming"}},
		{"what is not considered", func() caseView {
			cs := aCase(dom.Registered, nil)
			cs.Kind = dom.Complaint
			v := view(cs, specialist, attempt{form: formNotConsidered, typed: typed("ground", "repeat", "first", "2026-00009", "text", "Мої мотиви"), problems: []httpx.Problem{{Field: "first", Message: "немає такого"}}})
			v.similar = []dom.Brief{{ID: 9, Number: "2026-00007", Title: "Попереднє"}}
			return v
		}(), []string{`value="late"`, `value="anonymous"`, `name="first"`, `value="2026-00009"`, `<option value="2026-00007">`, "Мої мотиви", `href="#first"`, "немає такого"}},
		{"a duplicate", view(aCase(dom.Registered, nil), specialist, attempt{form: formDuplicate}), []string{`name="first"`, `list="earlier"`, `name="text"`}},
		{"a stale return shows both versions", view(aCase(dom.Registered, nil), specialist, attempt{
			form: formGiveBack, tried: formGiveBack, conflict: "змінився", typed: typed("ground", "format", "text", "Мій текст"), mine: typed("ground", "format", "text", "Мій текст"),
		}), []string{`id="stale"`, "Мій текст"}},
		{"a forwarding of a complaint, returned", func() caseView {
			cs := aCase(dom.InProgress, forwarding(dom.AnswerReturned))
			cs.Kind = dom.Complaint
			return view(cs, executor, attempt{})
		}(), []string{`name="not_complained"`, `value="Управління патрульної поліції"`, "додайте строки", "Це справа поліції", `name="version" value="3"`, "/forward?set=mine"}},
		{"a stale forwarding shows both versions", view(aCase(dom.Registered, forwarding(dom.AnswerDraft)), specialist, attempt{
			form: formForward, tried: formForward, conflict: "змінився", typed: typed("recipient", "Мій орган", "text", "Мій текст"), mine: typed("recipient", "Мій орган", "text", "Мій текст"),
		}), []string{`id="stale"`, "Мій орган", "Управління патрульної поліції"}},
		{"a forwarding to be signed", view(aCase(dom.AnswerSigning, forwarding(dom.AnswerSubmitted)), manager, attempt{}), []string{
			"Про пересилання", "частина третя статті 7", "Це справа поліції", "Управління патрульної поліції", `name="digest"`,
		}},
		{"a forwarded appeal that is to be sent on", func() caseView {
			n := forwarding(dom.AnswerSent)
			n.OutNumber, n.SignedAt = ref("7/К-1-26"), ref(noon.AddDate(0, 0, -2))
			cs := aCase(dom.Forwarded, n)
			cs.ToDispatch = &dom.Given{Answer: *n, N: 1}
			return view(cs, specialist, attempt{})
		}(), []string{`name="of" value="1"`, `name="way"`, `value="exchange"`, "/cabinet/bulk/print?id=2026-00001", "/dispatch?set=incoming", "Управління патрульної поліції"}},
		{"signature", view(aCase(dom.AnswerSigning, draft(dom.AnswerSubmitted)), manager, attempt{}), []string{`name="digest"`, `type="password"`}},
		{"return", view(aCase(dom.AnswerSigning, draft(dom.AnswerSubmitted)), manager, attempt{form: formReturn}), []string{`name="remarks"`}},
		{"contacts", view(aCase(dom.InProgress, nil), specialist, attempt{contacts: &dom.Contacts{Phone: "+380671234514"}}), []string{"+380671234514"}},
		{"a promise", view(aCase(dom.Answered, draft(dom.AnswerSent)), manager, attempt{form: formPromise}), []string{`name="promise"`, `name="until"`, `min="2026-11-26"`, "/promise?set=sign"}},
		{"a promise that waits for its proof", func() caseView {
			cs := aCase(dom.MeasuresPending, draft(dom.AnswerSent))
			cs.AnsweredAt = ref(noon)
			cs.Events = append(cs.Events, dom.StoryLine{At: noon, Kind: "promised", Public: true, From: dom.Answered, To: dom.MeasuresPending, Data: map[string]any{"text": "Заасфальтувати двір", "date": "2027-01-20", "statutory": map[string]any{}}})
			return view(cs, specialist, attempt{})
		}(), []string{`name="proof"`, "Заасфальтувати двір", "/proof?set=incoming"}},
		{"a stale promise shows both versions", view(aCase(dom.Answered, draft(dom.AnswerSent)), manager, attempt{
			form: formPromise, tried: formPromise, conflict: "змінився", typed: typed("promise", "Моя обіцянка", "until", "2027-01-20"), mine: typed("promise", "Моя обіцянка", "until", "2027-01-20"),
		}), []string{`id="stale"`, "Моя обіцянка"}},
		{"closing", view(aCase(dom.Answered, draft(dom.AnswerSent)), manager, attempt{form: formClose}), []string{`/close?set=sign`}},
	} {
		for _, loc := range i18n.Locales {
			for _, tab := range []string{"", "thread", "history", "files"} {
				ctx := i18n.With(t.Context(), loc)
				c.v.tab = tab
				html := render(t, ctx, page.Case(c.v.page(ctx)))
				noKeys(t, c.name+" "+loc, html)
				if tab != "" {
					continue
				}
				for _, w := range c.want {
					if !strings.Contains(html, w) {
						t.Errorf("%s: the page lacks %q", c.name, w)
					}
				}
				if c.name != "contacts" && (strings.Contains(html, "0671234514") || strings.Contains(html, "olha@")) {
					t.Errorf("%s: the page shows contacts that nobody asked for", c.name)
				}
			}
		}
	}
}

func TestTheAuthorSeesWhyHeMayNotSign(t *testing.T) {
	t.Parallel()
	n := draft(dom.AnswerSubmitted)
	n.Authors = dom.IDs{2, 3}
	v := view(aCase(dom.AnswerSigning, n), official(3, authz.RoleManager), attempt{})
	html := render(t, t.Context(), page.Case(v.page(t.Context())))
	if strings.Contains(html, `name="password"`) || !strings.Contains(html, i18n.In("uk", "appeals.err.own_answer")) {
		t.Error("the author of a draft must see the reason and no form")
	}
}

func render(t testing.TB, ctx context.Context, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var keyText = regexp.MustCompile(`\b(cabinet|appeals|ui|frame|layout)\.[a-z_]+(\.[a-z0-9_-]+)*|\{[a-z]+\}`)

func noKeys(t *testing.T, name, html string) {
	t.Helper()
	for _, m := range keyText.FindAllString(html, -1) {
		if m != "{n}" && m != "{name}" { // those two the scripts fill in
			t.Errorf("%s: %s stands on the page", name, m)
		}
	}
}

func aQueue(t testing.TB, ctx context.Context) queueView {
	t.Helper()
	v := queueView{who: official(1, authz.RoleSpecialist), now: noon, form: filterForm{Set: "incoming", Kind: "complaint", Topic: "5"}, more: true}
	v.counts = map[dom.Set]int{dom.SetIncoming: 27, dom.SetOverdue: 1000}
	v.choices.topics = []dom.Choice{{ID: 5, Name: "Дороги", Group: "Місто"}}
	if err := v.choices.draw(ctx); err != nil {
		t.Fatal(err)
	}
	for i := range dom.PageSize {
		v.rows = append(v.rows, dom.Row{
			Brief: dom.Brief{
				Number: fmt.Sprintf("2026-%05d", i), Kind: dom.Complaint, Procedure: deadline.Appeal, State: dom.Received, Title: "Яма <на> дорозі", Place: "вул. Київська, 61",
				DueAt: noon.AddDate(0, 0, i-5),
			},
			AuthorName: "Кам’янецька Людмила Петрівна", Repeat: true, RegisteredOn: noon,
		})
	}
	return v
}

func TestQueue(t *testing.T) {
	t.Parallel()
	for _, loc := range i18n.Locales {
		ctx := i18n.With(t.Context(), loc)
		p := aQueue(t, ctx).page(ctx)
		html := render(t, ctx, page.Queue(p))
		noKeys(t, "queue "+loc, html)
		for _, w := range []string{"999+", `href="/cabinet/appeals?set=incoming&amp;kind=complaint"`, "Яма &lt;на&gt;", `rel="next"`, `data-level="late"`} {
			if !strings.Contains(html, w) {
				t.Errorf("%s: the queue lacks %q", loc, w)
			}
		}
		v := aQueue(t, ctx)
		v.rows, v.more = nil, false
		noKeys(t, "empty queue "+loc, render(t, ctx, page.Queue(v.page(ctx))))
	}
}

// The desk tells an appeal under another procedure than the kind's own, and says nothing twice of the others.
func TestTheProcedureIsSeenWhereItIsNotTheKindsOwn(t *testing.T) {
	t.Parallel()
	for _, loc := range i18n.Locales {
		ctx := i18n.With(t.Context(), loc)
		for _, k := range dom.Kinds {
			for _, p := range k.Procedures() {
				v := aQueue(t, ctx)
				v.rows = v.rows[:1]
				v.rows[0].Kind, v.rows[0].Procedure = k, p
				mark, repeat := v.list(ctx)[0].Mark, strings.ToLower(i18n.T(ctx, "appeals.mark.repeat"))
				cs := aCase(dom.Received, nil)
				cs.Kind, cs.Procedure = k, p
				c := view(cs, official(1, authz.RoleSpecialist), attempt{})
				word, meta := procedureWord(ctx, k, p), c.meta(ctx)
				if own := p == k.Procedure(); own && (word != "" || mark != repeat) || !own && (mark != word+", "+repeat || !strings.Contains(meta, word)) {
					t.Errorf("%s: %s under %s: %q in the queue, %q at the case", loc, k, p, mark, meta)
				}
				noKeys(t, string(p), mark+" "+meta)
			}
		}
	}
}

func TestDesk(t *testing.T) {
	t.Parallel()
	q := aQueue(t, t.Context())
	v := deskView{who: official(3, authz.RoleManager), now: noon, counts: map[dom.Set]int{dom.SetSign: 3, dom.SetOverdue: 2}, sign: q.rows, late: q.rows}
	v.over = dom.Overview{
		Units: []dom.Load{{Name: "Управління", Open: 9, Late: 2}}, Executors: []dom.Load{{Name: "Мельник Остап Юрійович", Open: 4}},
		Months: []dom.Month{{First: noon.AddDate(0, -1, 0), Answered: 3, OnTime: 90, Days: 17.26}, {First: noon, Answered: 5, OnTime: 80, Days: 9}}, Answered: 8, OnTime: 85, SignSoon: 1, Reopened: 2,
	}
	for _, loc := range i18n.Locales {
		ctx := i18n.With(t.Context(), loc)
		noKeys(t, "desk "+loc, render(t, ctx, page.Desk(v.page(ctx))))
		empty := deskView{who: v.who, now: noon}
		noKeys(t, "empty desk "+loc, render(t, ctx, page.Desk(empty.page(ctx))))
	}
	p := v.page(t.Context())
	if p.Months.Rows[0].Days != "17,3" || p.Months.Axis[4].Label != "24" {
		t.Errorf("the chart says %q and ends at %q", p.Months.Rows[0].Days, p.Months.Axis[4].Label)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Коваль Данило Степанович": "Коваль Д.\u00a0С.", "Гай Тарас": "Гай Т.", "ОСББ «Зразок»": "ОСББ «Зразок»", "Редакція": "Редакція",
	} {
		if got := surname(in); got != want {
			t.Errorf("surname(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"+380671234514": "••• ••• •• 14", "": "", "102": "••••••••"} {
		if got := maskPhone(in); got != want {
			t.Errorf("maskPhone(%q) = %q, want %q", in, got, want)
		}
	}
	if got := maskEmail("olha@example.org"); got != "o•••@example.org" {
		t.Errorf("maskEmail: %q", got)
	}
	if f := (filterForm{Kind: "x", State: "answered", Unit: "-1", Topic: "5"}).known(); f.Kind != "" || f.Unit != "" || f.State == "" || f.Topic == "" {
		t.Errorf("the filter understands %+v", f)
	}
	for in, want := range map[string]int{"4": 4, "0": -1, "": -1, "x": -1} {
		if got := version(url.Values{"version": {in}}); got != want {
			t.Errorf("version(%q) = %d, want %d: a missing version must match none", in, got, want)
		}
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 11, 25+n, 23, 59, 59, 0, i18n.Kyiv) }
	for _, c := range []struct {
		name    string
		row     dom.Row
		days    int
		percent int
		level   string
	}{
		{"half of the term", dom.Row{Brief: dom.Brief{DueAt: day(10)}, RegisteredOn: day(-10)}, 10, 50, ""},
		{"the last day is not late", dom.Row{Brief: dom.Brief{DueAt: day(0)}, RegisteredOn: day(-20)}, 0, 100, ""},
		{"the hours of an urgent request ran out today", dom.Row{Brief: dom.Brief{DueAt: noon.Add(-time.Hour)}, RegisteredOn: day(-2)}, 0, 100, ui.LevelLate},
		{"yesterday was the last day", dom.Row{Brief: dom.Brief{DueAt: day(-1)}, RegisteredOn: day(-31)}, -1, 103, ui.LevelLate},
		{"answered in time", dom.Row{Brief: dom.Brief{State: dom.Answered, DueAt: day(0), AnsweredAt: ref(day(-10))}, RegisteredOn: day(-20)}, 0, 50, ui.LevelDone},
		{"answered late", dom.Row{Brief: dom.Brief{State: dom.Closed, DueAt: day(-10), AnsweredAt: ref(day(-5))}, RegisteredOn: day(-20)}, -10, 150, ui.LevelLate},
	} {
		got := age(t.Context(), &c.row, noon, civil(noon))
		if got.Days != c.days || got.Percent != c.percent || got.Level != c.level {
			t.Errorf("%s: %d days, %d %%, %q; want %d, %d, %q", c.name, got.Days, got.Percent, got.Level, c.days, c.percent, c.level)
		}
	}
}

// BenchmarkQueue measures what a page of the queue costs beside its query.
func BenchmarkQueue(b *testing.B) {
	ctx := context.Background()
	v := aQueue(b, ctx)
	var buf bytes.Buffer
	b.ReportAllocs()
	for b.Loop() {
		buf.Reset()
		if err := page.Queue(v.page(ctx)).Render(ctx, &buf); err != nil {
			b.Fatal(err)
		}
	}
}

// TestTheCardSaysThatALetterDidNotArrive until the answer goes another way.
func TestTheCardSaysThatALetterDidNotArrive(t *testing.T) {
	t.Parallel()
	ctx := i18n.With(context.Background(), "uk")
	event := func(kind, letter string) dom.StoryLine {
		return dom.StoryLine{Kind: dom.EventKind(kind), Data: map[string]any{"letter": letter}}
	}
	signed, sent, refused := event("signed", ""), event("sent", ""), event("undelivered", "appeal.answer")
	for name, c := range map[string]struct {
		events []dom.StoryLine
		want   bool
	}{
		"refused":                    {[]dom.StoryLine{signed, sent, refused}, true},
		"delivered":                  {[]dom.StoryLine{signed, sent}, false},
		"posted since":               {[]dom.StoryLine{signed, sent, refused, sent}, false},
		"answered anew since":        {[]dom.StoryLine{signed, sent, refused, signed}, false},
		"another letter was refused": {[]dom.StoryLine{signed, sent, event("undelivered", "appeal.receipt")}, false},
	} {
		cs := aCase(dom.Answered, nil)
		cs.Events = c.events
		v := view(cs, official(1, authz.RoleSpecialist), attempt{})
		if got := slices.ContainsFunc(v.badges(ctx), func(b ui.BadgeProps) bool { return b.Label == "Лист не доставлено" }); got != c.want {
			t.Errorf("%s: the mark is there: %v", name, got)
		}
	}
}

// listsOfKinds are the lists of kinds and procedures: an appeal is one to choose there.
var listsOfKinds = regexp.MustCompile(`(?s)<select[^>]* id="(kind|procedure)".*?</select>`)

// TestTheDeskCallsARequestARequest in every state, and tells the hour of an urgent one.
func TestTheDeskCallsARequestARequest(t *testing.T) {
	t.Parallel()
	names := strings.NewReplacer("відділ звернень", "", "Відділ звернень", "", "відділу звернень", "", "чиї звернення розглядають", "", "фахівець зі звернень", "", "фахівцеві зі звернень", "")
	for _, state := range dom.States {
		for _, role := range []authz.Role{authz.RoleSpecialist, authz.RoleManager, authz.RoleExecutor} {
			for _, form := range append([]string{""}, others...) {
				c := aCase(state, draft(dom.AnswerSubmitted))
				c.Kind, c.Procedure, c.Body, c.DueAt = dom.InfoRequest, deadline.InfoUrgent, "Прошу копію.", noon.Add(41*time.Hour)
				v := view(c, official(3, role), attempt{form: form})
				if !v.may(v.at.form) {
					v.at.form = v.first()
				}
				p := v.page(t.Context())
				text := names.Replace(listsOfKinds.ReplaceAllString(render(t, t.Context(), page.Case(p)), ""))
				_, main, _ := strings.Cut(text, "<main")
				main, _, _ = strings.Cut(main, "</main>")
				if i := strings.Index(strings.ToLower(main), "звернен"); i >= 0 {
					t.Errorf("%s, %s, %s: …%s…", state, role, form, main[max(i-200, 0):min(i+80, len(main))])
				}
				if want := "До " + i18n.DateTimeIn(i18n.Ukrainian, c.DueAt); p.Term.Label != want {
					t.Errorf("the term is %q, want %q", p.Term.Label, want)
				}
			}
		}
	}
	r := dom.Row{Brief: dom.Brief{Procedure: deadline.InfoUrgent, DueAt: noon.Add(41 * time.Hour)}, RegisteredOn: noon}
	if got, want := age(t.Context(), &r, noon, civil(noon)).Date, i18n.DayMonth(t.Context(), r.DueAt)+", 05:00"; got != want {
		t.Errorf("the queue says %q, want %q", got, want)
	}
	r.Procedure = deadline.Info
	if got, want := age(t.Context(), &r, noon, civil(noon)).Date, i18n.DayMonth(t.Context(), r.DueAt); got != want {
		t.Errorf("the queue says %q of a term in days, want %q", got, want)
	}
}

// TestAManagerIsToldOfAReclassification: whoever answers for the appeal signs under another
// law than he gave the task under. He is told until he has written a resolution again; who
// made it himself, and who does not answer for it, is not.
func TestAManagerIsToldOfAReclassification(t *testing.T) {
	t.Parallel()
	ctx := i18n.With(t.Context(), "uk")
	manager := official(3, authz.RoleManager)
	told := func(cs *dom.Case, who authz.Actor) bool {
		v := view(cs, who, attempt{})
		for _, n := range v.reclassNotes(ctx, v.at.form) {
			if strings.Contains(n.Text, "Було:") && strings.Contains(n.Text, "Стало:") {
				return true
			}
		}
		return false
	}
	with := func(state dom.State, n *dom.Answer, change func(c *dom.Case)) *dom.Case {
		c := reclassified(state, n)
		c.Resolution.DueOn = noon // not late: the term of the task holds
		change(c)
		return c
	}
	nothing := func(*dom.Case) {}
	for _, c := range []struct {
		name string
		cs   *dom.Case
		who  authz.Actor
		want bool
	}{
		{"he waits for the draft", with(dom.InProgress, nil, nothing), manager, true},
		{"he resolves", with(dom.ResolutionPending, nil, nothing), manager, true},
		{"he signs", with(dom.AnswerSigning, draft(dom.AnswerSubmitted), nothing), manager, true},
		{"a resolution was written since", with(dom.InProgress, nil, func(c *dom.Case) { c.Resolution.At = noon.Add(2 * time.Hour) }), manager, false},
		{"he made it himself", with(dom.InProgress, nil, func(c *dom.Case) { c.Events[len(c.Events)-1].ActorID = 3 }), manager, false},
		{"a specialist waits", with(dom.ResolutionPending, nil, nothing), official(1, authz.RoleSpecialist), false},
		{"nothing was reclassified", aCase(dom.AnswerSigning, draft(dom.AnswerSubmitted)), manager, false},
	} {
		if got := told(c.cs, c.who); got != c.want {
			t.Errorf("%s: told %v", c.name, got)
		}
	}
}
