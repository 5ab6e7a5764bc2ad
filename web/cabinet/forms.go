package cabinet

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"ereception/internal/authz"
	"ereception/internal/law/deadline"
	"ereception/web/httpx"

	dom "ereception/internal/appeals"
)

// number reads a number of a form; what is none becomes bad.
func number(s string, bad int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return bad
}

func id(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// version reads the version that the page was made of. One that is missing or
// broken matches none: 0 would mean that the domain must not compare.
func version(v url.Values) int {
	if n := httpx.Version(v.Get("version")); n != 0 {
		return n
	}
	return -1
}

// classifyForm is the kind and the procedure, of a registration too.
type classifyForm struct {
	Kind, Procedure, Reason, Late string
}

func readClassify(v url.Values) classifyForm {
	return classifyForm{Kind: v.Get("kind"), Procedure: v.Get("procedure"), Reason: v.Get("reason"), Late: v.Get("late")}
}

func (f classifyForm) classification() dom.Classification {
	return dom.Classification{Kind: dom.Kind(f.Kind), Procedure: deadline.Procedure(f.Procedure), Reason: f.Reason, Late: f.Late != ""}
}

type registerForm struct {
	classifyForm
	Topic, Control string
	Marks          []string
}

func readRegister(v url.Values) registerForm {
	return registerForm{classifyForm: readClassify(v), Topic: v.Get("topic"), Control: v.Get("control"), Marks: v["marks"]}
}

func (f registerForm) registration() dom.Registration {
	return dom.Registration{Classification: f.classification(), TopicID: id(f.Topic), Marks: f.Marks, Control: f.Control != ""}
}

type assignForm struct{ Unit, Executor string }

func readAssign(v url.Values) assignForm {
	return assignForm{Unit: v.Get("unit"), Executor: v.Get("executor")}
}

type resolveForm struct {
	Executor, Task, Due string
	Coexecutors         []string
}

func readResolve(v url.Values) resolveForm {
	return resolveForm{Executor: v.Get("executor"), Task: v.Get("task"), Due: v.Get("due"), Coexecutors: v["coexecutors"]}
}

func (f resolveForm) resolution() dom.Resolution {
	r := dom.Resolution{ExecutorID: id(f.Executor), Task: f.Task}
	for _, s := range f.Coexecutors {
		if n := id(s); n != 0 {
			r.CoexecutorIDs = append(r.CoexecutorIDs, n)
		}
	}
	if t, err := time.Parse(time.DateOnly, f.Due); err == nil {
		r.DueOn = t
	}
	return r
}

type messageForm struct{ Key, Message string }

func readMessage(v url.Values) messageForm {
	return messageForm{Key: v.Get("key"), Message: v.Get("message")}
}

// key is the idempotency key of the form; a form without one is not protected from a double submit.
func (f messageForm) key() uuid.UUID {
	k, err := uuid.Parse(f.Key)
	if err != nil {
		return uuid.Nil
	}
	return k
}

// answerForm is the draft of an answer. Do says which button was pressed.
type answerForm struct {
	Text, Result, Template, Do, Remove, Version string
}

func readAnswer(v url.Values) answerForm {
	return answerForm{
		Text: strings.ReplaceAll(v.Get("answer"), "\r\n", "\n"), Result: v.Get("result"), Template: v.Get("template"),
		Do: v.Get("do"), Remove: v.Get("remove"), Version: v.Get("version"),
	}
}

// version of the draft that the author saw; 0 is a first one.
func (f answerForm) version() int { return httpx.Version(f.Version) }

// endingForm is the letter that ends an appeal. Do says which button was pressed.
type endingForm struct {
	Recipient, Ground, First, Text, Manager, NotComplained, Do, Version string
}

func readEnding(v url.Values) endingForm {
	return endingForm{
		Recipient: v.Get("recipient"), Ground: v.Get("ground"), First: v.Get("first"), Text: strings.ReplaceAll(v.Get("text"), "\r\n", "\n"), Manager: v.Get("manager"),
		NotComplained: v.Get("not_complained"), Do: v.Get("do"), Version: v.Get("version"),
	}
}

// version of the draft that the author saw; 0 is a first one.
func (f endingForm) version() int { return httpx.Version(f.Version) }

func (f endingForm) ending(result string) dom.Ending {
	return dom.Ending{
		Result: result, Ground: f.Ground, Recipient: f.Recipient, First: f.First, Text: f.Text, ManagerID: id(f.Manager), NotComplained: f.NotComplained != "",
	}
}

// filterForm narrows the queue.
type filterForm struct {
	Set, Query, Kind, State, Unit, Topic, District, Within, Page string
}

func readFilter(v url.Values) filterForm {
	return filterForm{
		Set: v.Get("set"), Query: strings.TrimSpace(v.Get("q")), Kind: v.Get("kind"), State: v.Get("state"),
		Unit: v.Get("unit"), Topic: v.Get("topic"), District: v.Get("district"), Within: v.Get("within"), Page: v.Get("page"),
	}
}

// known leaves out what names no kind, state, unit or topic: an address that was
// typed by hand filters by what can be understood of it.
func (f filterForm) known() filterForm {
	if !slices.Contains(dom.Kinds, dom.Kind(f.Kind)) {
		f.Kind = ""
	}
	if !slices.Contains(dom.States, dom.State(f.State)) {
		f.State = ""
	}
	if id(f.Unit) == 0 {
		f.Unit = ""
	}
	if id(f.Topic) == 0 {
		f.Topic = ""
	}
	if id(f.District) == 0 {
		f.District = ""
	}
	if !slices.Contains(withins, number(f.Within, 0)) {
		f.Within = ""
	}
	return f
}

// withins are the days of the filter by the term.
var withins = []int{1, 5, 10, 30}

// narrowed reports whether anything but the tray was chosen.
func (f filterForm) narrowed() bool {
	return f.Query != "" || f.Kind != "" || f.State != "" || f.Unit != "" || f.Topic != "" || f.District != "" || f.Within != ""
}

func (f filterForm) page() int { return min(max(number(f.Page, 1), 1), maxPage) }

// maxPage bounds how far one leafs: past it a filter serves better, and the
// database need not skip on.
const maxPage = 400

func (f filterForm) filter() dom.Filter {
	return dom.Filter{
		Set: dom.Set(f.Set), Query: f.Query, Kind: dom.Kind(f.Kind), State: dom.State(f.State),
		UnitID: id(f.Unit), TopicID: id(f.Topic), DistrictID: id(f.District), Within: number(f.Within, 0), Page: f.page(),
	}
}

// href is the address of the queue with these filters.
func (f filterForm) href() string { return "/cabinet/appeals?" + f.query() }

// query is what stands in it after the question mark: one filter has one query.
func (f filterForm) query() string {
	var b strings.Builder
	b.WriteString("set=")
	b.WriteString(url.QueryEscape(f.Set))
	add := func(name, v string) {
		if v != "" {
			b.WriteString("&" + name + "=")
			b.WriteString(url.QueryEscape(v))
		}
	}
	add("q", f.Query)
	add("kind", f.Kind)
	add("state", f.State)
	add("unit", f.Unit)
	add("topic", f.Topic)
	add("district", f.District)
	add("within", f.Within)
	add("page", f.Page)
	return b.String()
}

// suffix is the query of a case that was opened from here: the tray, and the rest in one.
func (f filterForm) suffix() string {
	tray, rest, _ := strings.Cut(f.query(), "&")
	if rest != "" {
		rest = "&in=" + url.QueryEscape(rest)
	}
	return "?" + tray + rest
}

// first is the filter on its first page.
func (f filterForm) first() filterForm {
	f.Page = ""
	return f
}

// filterOf reads the query back; what is none is the actor's first tray.
func filterOf(who authz.Actor, query string) filterForm {
	v, err := url.ParseQuery(query)
	if err != nil {
		v = nil
	}
	f := readFilter(v).known()
	f.Set = string(setOf(who, f))
	return f
}

// bulkForm is an act on several: the numbers that were chosen in the queue, or, from the
// page of the act, the appeals in the versions that it showed.
type bulkForm struct {
	From                    string // query of the queue
	Numbers                 []string
	Picks                   []dom.Pick
	Unit, Executor, Manager string
}

func readBulk(v url.Values) bulkForm {
	f := bulkForm{From: v.Get("from"), Numbers: slices.Clone(v["id"]), Unit: v.Get("unit"), Executor: v.Get("executor"), Manager: v.Get("manager")}
	for _, s := range v["pick"] {
		n, ver, _ := strings.Cut(s, ":")
		p := dom.Pick{Number: n, Version: httpx.Version(ver)}
		if p.Version == 0 {
			p.Version = -1 // 0 would mean that the domain must not compare
		}
		f.Numbers, f.Picks = append(f.Numbers, n), append(f.Picks, p)
	}
	return f
}

func (f bulkForm) target() dom.BulkTarget {
	return dom.BulkTarget{UnitID: id(f.Unit), ExecutorID: id(f.Executor), ManagerID: id(f.Manager)}
}

// postForm tells when a paper went, and, of what goes to another body, in which way.
type postForm struct{ Answer, Posted, Way string }

func readPost(v url.Values) postForm {
	return postForm{Answer: v.Get("of"), Posted: v.Get("posted"), Way: v.Get("way")}
}

func (f postForm) day() time.Time { return typedDay(f.Posted) }

// typedDay is the day that was typed; what is none is the zero time, which the domain refuses.
func typedDay(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}
	}
	return t
}

// promiseForm is what an answer promised, and by which day.
type promiseForm struct{ Promise, Until string }

func readPromise(v url.Values) promiseForm {
	return promiseForm{Promise: v.Get("promise"), Until: v.Get("until")}
}

func (f promiseForm) day() time.Time { return typedDay(f.Until) }
