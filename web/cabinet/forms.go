package cabinet

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

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

// filterForm narrows the queue.
type filterForm struct {
	Set, Query, Kind, State, Unit, Topic, Page string
}

func readFilter(v url.Values) filterForm {
	return filterForm{
		Set: v.Get("set"), Query: strings.TrimSpace(v.Get("q")), Kind: v.Get("kind"), State: v.Get("state"),
		Unit: v.Get("unit"), Topic: v.Get("topic"), Page: v.Get("page"),
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
	return f
}

// narrowed reports whether anything but the tray was chosen.
func (f filterForm) narrowed() bool {
	return f.Query != "" || f.Kind != "" || f.State != "" || f.Unit != "" || f.Topic != ""
}

func (f filterForm) page() int { return min(max(number(f.Page, 1), 1), maxPage) }

// maxPage bounds how far one leafs: past it a filter serves better, and the
// database need not skip on.
const maxPage = 400

func (f filterForm) filter() dom.Filter {
	return dom.Filter{
		Set: dom.Set(f.Set), Query: f.Query, Kind: dom.Kind(f.Kind), State: dom.State(f.State),
		UnitID: id(f.Unit), TopicID: id(f.Topic), Page: f.page(),
	}
}

// href is the address of the queue with these filters.
func (f filterForm) href() string {
	var b strings.Builder
	b.WriteString("/cabinet/appeals?set=")
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
	add("page", f.Page)
	return b.String()
}

type postForm struct{ Answer, Posted string }

func readPost(v url.Values) postForm { return postForm{Answer: v.Get("of"), Posted: v.Get("posted")} }

// day is the day that was typed; what is none is the zero time, which the domain refuses.
func (f postForm) day() time.Time {
	t, err := time.Parse(time.DateOnly, f.Posted)
	if err != nil {
		return time.Time{}
	}
	return t
}
